"""IR to derivative IR: tangent, adjoint, and what they record."""
