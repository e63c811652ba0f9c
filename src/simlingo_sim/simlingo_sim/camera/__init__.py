# SPDX-License-Identifier: Apache-2.0
"""Images of the simulated world: models, scene, renderer and bounding boxes."""
