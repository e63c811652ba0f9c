# SPDX-License-Identifier: Apache-2.0
"""Models of trees, fine and coarse."""

from __future__ import annotations

import math

import numpy as np

from simlingo_sim.camera.mesh import Layer, Mesh, MeshBuilder


def tree_models(rng: np.random.Generator) -> list[Mesh]:
    """Return the meshes of a few kinds of trees, about 7 m high."""
    return [_leaf_tree(rng) for _ in range(3)] + [_poplar(rng), _conifer()]


def coarse_tree(tree: Mesh) -> Mesh:
    """Return the coarse model of a tree: a ball or cone on a trunk."""
    crown = tree[tree[:, 2] > 1.5]
    low, high = crown[:, :3].min(axis=0), crown[:, :3].max(axis=0)
    tint = crown[:, 6:9].mean(axis=0)
    mesh = MeshBuilder()
    mesh.rod((0, 0, 0), (0, 0, low[2] + 0.5), 0.15, (0.34, 0.26, 0.19), 3, has_caps=False)
    if (crown[:, 11] == Layer.LEAVES).any():
        mesh.ball((low + high) / 2, (high - low) * 0.46, tint, 6, 4, Layer.LEAVES)
    else:
        mesh.rod((0, 0, 1.1), (0, 0, high[2]), 1.3, tint, 6, 0.02, has_caps=False)
    return mesh.build()


def _roughen(mesh: Mesh, rng: np.random.Generator, amount_m: float) -> Mesh:
    """Return the mesh with corners moved at random; equal corners move alike."""
    keys = np.round(mesh[:, :3] * 50).astype(np.int64)
    _, inverse = np.unique(keys, axis=0, return_inverse=True)
    steps = rng.normal(0, amount_m, (int(inverse.max()) + 1, 3))
    rough = mesh.copy()
    rough[:, :3] += steps[inverse.ravel()]
    return rough


def _leaf_tree(rng: np.random.Generator) -> Mesh:
    trunk = MeshBuilder()
    trunk.rod((0, 0, 0), (0, 0, 3.2), 0.2, (0.34, 0.26, 0.19), 6, 0.13, has_caps=False)
    crown = MeshBuilder()
    green = np.array([0.36, 0.50, 0.22]) * rng.uniform(0.85, 1.15, 3)
    for _ in range(4):
        angle, reach = rng.uniform(0, 2 * math.pi), rng.uniform(0.3, 1.3)
        centre = (reach * math.cos(angle), reach * math.sin(angle), rng.uniform(3.3, 5.6))
        crown.ball(centre, rng.uniform(1.2, 1.75), green, 7, 4, Layer.LEAVES)
    return np.concatenate([trunk.build(), _shade(_roughen(crown.build(), rng, 0.14))])


def _poplar(rng: np.random.Generator) -> Mesh:
    crown = MeshBuilder()
    crown.rod((0, 0, 0), (0, 0, 2.0), 0.16, (0.34, 0.26, 0.19), 6, has_caps=False)
    crown.ball((0, 0, 4.9), (1.1, 1.1, 3.4), (0.33, 0.46, 0.22), 7, 6, Layer.LEAVES)
    return _shade(_roughen(crown.build(), rng, 0.09))


def _conifer() -> Mesh:
    model = MeshBuilder()
    model.rod((0, 0, 0), (0, 0, 1.4), 0.15, (0.32, 0.24, 0.18), 6, has_caps=False)
    for z, radius in ((1.3, 1.5), (2.8, 1.2), (4.2, 0.9), (5.5, 0.55)):
        model.rod((0, 0, z), (0, 0, z + 2.4), radius, (0.20, 0.36, 0.22), 8, 0.02, has_caps=False)
    return _shade(model.build())


def _shade(mesh: Mesh) -> Mesh:
    """Return the mesh with darker lower parts of the crown."""
    shaded = mesh.copy()
    shaded[:, 6:9] *= np.interp(mesh[:, 2], [2.0, 6.0], [0.72, 1.08])[:, None]
    return shaded
