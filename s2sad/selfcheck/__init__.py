"""The first call of a derivative held against forward mode and numeric derivatives."""
