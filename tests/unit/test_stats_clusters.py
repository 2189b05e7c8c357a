"""The cluster-robust variance against its definition, written out with matrices."""

from statistics import variance

import numpy as np
import pytest
from scipy.linalg import fractional_matrix_power

from broker.stats.clusters import by_sample, spread


def bell_mccaffrey(values: list[float], clusters: list[str]) -> tuple[float, float]:
    """Return CR2 and its degrees of freedom for a mean, by the matrices of Bell and McCaffrey (2002)."""
    x, names = np.array(values), np.array(clusters)
    n = len(x)
    residual = np.eye(n) - np.full((n, n), 1 / n)
    errors, cr2, rows = residual @ x, 0.0, []
    for name in sorted(set(clusters)):
        inside = names == name
        adjust = fractional_matrix_power(residual[np.ix_(inside, inside)], -0.5)
        ones = np.ones(inside.sum()) / n
        cr2 += float(ones @ adjust @ errors[inside]) ** 2
        rows.append(residual[:, inside] @ adjust @ ones)
    weights = np.linalg.eigvalsh(np.array(rows) @ np.array(rows).T)
    return cr2, float(weights.sum() ** 2 / (weights**2).sum())


@pytest.mark.parametrize("clusters", ["aabbccdd", "aaaabbcd", "abcdefgh", "aaaaaaab"])
def test_variance_and_degrees_of_freedom_are_bell_and_mccaffreys(clusters: str) -> None:
    values = [0.1, 0.9, 0.4, 0.4, 1.0, 0.3, 0.0, 0.7]
    known = spread(values, list(clusters))
    assert known is not None
    assert (known.variance, known.dof) == pytest.approx(bell_mccaffrey(values, list(clusters)))


def test_without_clusters_it_is_the_textbooks() -> None:
    values = [3.0, 5.0, 4.0, 8.0, 1.0]
    known = spread(values)
    assert known is not None
    assert (known.variance, known.dof, known.kish) == pytest.approx((variance(values) / 5, 4, 1))


def test_equal_clusters_scale_millers_sandwich() -> None:
    """Miller (2024), equation 4: sum over clusters of the products of deviations, over n squared."""
    values, clusters = [1.0, 1.0, 0.0, 1.0, 0.0, 0.0, 1.0, 1.0], list("aabbccdd")
    mean, groups = sum(values) / 8, 4
    sandwich = sum(
        (left - mean) * (right - mean)
        for left, here in zip(values, clusters, strict=True)
        for right, there in zip(values, clusters, strict=True)
        if here == there
    )
    known = spread(values, clusters)
    assert known is not None
    assert known.variance == pytest.approx(sandwich / 64 * groups / (groups - 1))
    assert known.dof == pytest.approx(groups - 1)


def test_one_failing_cluster_is_little_evidence_of_the_spread() -> None:
    values, clusters = [1.0] * 95 + [0.0] * 5, [str(n // 5) for n in range(100)]
    known = spread(values, clusters)
    assert known is not None
    assert known.dof == pytest.approx(19)
    assert known.tail_dof < 4


@pytest.mark.parametrize("values", [[], [1.0]])
def test_one_value_has_no_spread(values: list[float]) -> None:
    assert spread(values) is None


def test_one_cluster_has_no_spread() -> None:
    assert spread([1.0, 0.0], ["a", "a"]) is None


def test_samples_without_a_cluster_stand_alone() -> None:
    known = spread([1.0, 0.0, 1.0, 1.0], ["a", "a", None, None])
    assert known is not None
    assert known.groups == 3


def test_epochs_are_averaged_first() -> None:
    assert by_sample([("a", 1.0), ("b", 0.0), ("a", 0.0), ("b", 0.0)]) == {"a": 0.5, "b": 0.0}
