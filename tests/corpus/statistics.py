"""Statistics as scientists write them: robust estimates, gaps, histograms, profiles."""

import numpy as np

from tests.corpus.registry import between, normal, one_of, positive, register, value

GAPS = np.array([[0.3, np.nan, 1.2, -0.4], [np.nan, 0.8, 0.1, 0.9], [0.5, 1.1, np.nan, -0.7]])
DEPTHS = np.array([0.0, 5.0, 12.0, 30.0, 70.0])


def robust_score(x):
    """Deviations from the median in units of the median absolute deviation."""
    center = np.median(x)
    spread = 1.4826 * np.median(np.abs(x - center))
    return np.sum(np.tanh((x - center) / spread))


register(robust_score, normal(7), complex_step=False)


def interquartile(x, q):
    low, high = np.percentile(x, [25.0, 75.0], axis=0)
    return np.sum((high - low) ** 2) + np.quantile(x, q, method="hazen")


register(interquartile, normal(6, 3), between(0.3, 0.32), complex_step=False)


def pinball(forecast, observed, levels):
    """The quantile loss of an ensemble of forecasts, one member a row."""
    predicted = np.quantile(forecast, levels, axis=0)
    miss = observed - predicted
    return np.mean(np.maximum(levels[:, None] * miss, (levels[:, None] - 1.0) * miss))


register(
    pinball, normal(8, 4), normal(4), value(np.array([0.1, 0.5, 0.9])), wrt=(0, 1),
    complex_step=False,
)  # fmt: skip


def anomalies(field, weights):
    """A climatology with gaps: anomalies from the mean of what is there."""
    field = np.where(np.isnan(GAPS), np.nan, field)
    climate = np.nanmean(field, axis=0)
    anomaly = field - climate
    total = np.nanmean(anomaly * weights, axis=1)
    return np.sum(total**2) + np.nanstd(field) + np.nanmax(climate) - np.nanmedian(climate)


register(anomalies, normal(3, 4), positive(4), wrt=(0,), complex_step=False)


def detrended(y, t):
    """The linear trend by weighted means, and what is left of the signal."""
    w = np.exp(-t)
    t0, y0 = np.average(t, weights=w), np.average(y, weights=w)
    slope = np.average((t - t0) * (y - y0), weights=w) / np.average((t - t0) ** 2, weights=w)
    rest = y - y0 - slope * (t - t0)
    return rest.std(ddof=2) + np.ptp(rest)


register(detrended, normal(6), value(np.linspace(0.0, 2.0, 6)), wrt=(0,), complex_step=False)


def correlations(x, y, w):
    c = np.cov(x, y, aweights=w)
    r = np.corrcoef(x, y)[0, 1]
    return c[0, 1] / np.sqrt(c[0, 0] * c[1, 1]) + 0.5 * np.log((1 + r) / (1 - r))


register(correlations, normal(6), normal(6), positive(6), complex_step=False)


def mahalanobis(x, samples):
    centered = x - samples.mean(axis=0)
    c = np.cov(samples, rowvar=False) + 0.1 * np.eye(x.size)
    return centered @ np.linalg.solve(c, centered)


register(mahalanobis, normal(3), normal(8, 3), complex_step=False)


def heat_content(temperature, depth):
    """A profile on coarse levels, put on fine ones and summed up."""
    fine = np.linspace(0.0, 60.0, 13)
    profile = np.interp(fine, depth, temperature, right=4.0)
    gradient = np.gradient(profile, fine)
    return np.trapezoid(profile, fine) + np.sum(gradient**2)


register(heat_content, positive(5), value(DEPTHS), wrt=(0,), complex_step=False)


def calibrated(reading, knots, values):
    """Readings through a table whose entries are fitted, and its roughness."""
    found = np.interp(reading, np.cumsum(knots), values)
    return np.sum(found**2) + np.sum(np.diff(values, 2) ** 2)


register(calibrated, between(0.5, 4.0, 6), positive(5), normal(5), complex_step=False)


def binned_means(y, x, edges):
    """The mean of y in bins of x, empty ones left out."""
    total = np.histogram(x, edges, weights=y)[0]
    number = np.histogram(x, edges)[0]
    filled = number > 0
    return np.sum((total[filled] / number[filled]) ** 2)


register(
    binned_means, normal(5), value(np.array([0.1, 0.4, 0.45, 1.2, 2.7])),
    value(np.array([0.0, 0.3, 0.5, 2.0, 3.0])), wrt=(0,), complex_step=False,
)  # fmt: skip


def group_variances(y, group):
    """Between and within groups: an analysis of variance by np.bincount."""
    n = np.bincount(group)
    means = np.bincount(group, weights=y) / n
    within = np.bincount(group, (y - means[group]) ** 2)
    return np.sum(n * (means - y.mean()) ** 2) / np.sum(within)


register(
    group_variances, normal(7), value(np.array([0, 1, 2, 1, 0, 2, 2])), wrt=(0,),
    complex_step=False,
)  # fmt: skip


def phase_velocity(phase, dt):
    """The frequency of a wrapped phase."""
    wrapped = phase - 2 * np.pi * np.floor(phase / (2 * np.pi))
    unwrapped = np.unwrap(wrapped)
    return np.mean(np.gradient(unwrapped, dt) ** 2)


register(
    phase_velocity, lambda rng: 0.3 + 2.1 * np.arange(6.0) + 0.1 * rng.normal(size=6),
    between(0.3, 0.6), complex_step=False,
)  # fmt: skip


def drawdown(returns):
    """The deepest fall of a portfolio below its highest value so far."""
    wealth = np.cumulative_prod(1.0 + 0.1 * returns, include_initial=True)
    top = np.maximum.accumulate(wealth)
    return np.max((top - wealth) / top) + np.nancumsum(returns)[-1]


register(drawdown, normal(7), complex_step=False)


def masked_moments(x, limit):
    """Moments of what is below a limit, as `where=` leaves the rest out."""
    low = x < limit
    center = x.mean(where=low, keepdims=True)
    spread = np.std(x, where=low, mean=center, ddof=1)
    return np.sum(x, where=low, initial=1.0) * spread + x.max(where=low, initial=-10.0)


register(masked_moments, normal(8), value(0.9), wrt=(0,), complex_step=False)


def clipped_weights(w, low):
    """Importance weights, clipped from one side only."""
    w = np.clip(np.exp(w), min=low)
    return np.sum(w) ** 2 / np.sum(np.clip(w**2, None, None))


register(clipped_weights, normal(6), between(0.6, 0.9), complex_step=False)


def rolling_median(x, width):
    """The median over a window, element by element."""
    out = np.empty(len(x) - width + 1)
    for i in range(len(out)):
        out[i] = np.median(x[i : i + width])
    return np.sum(np.ediff1d(out, to_begin=0.0) ** 2)


register(rolling_median, normal(8), one_of(3, 4), wrt=(0,), complex_step=False)
