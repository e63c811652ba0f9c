# SPDX-License-Identifier: Apache-2.0
"""The ego vehicle: dynamics and sensors other than the camera."""
