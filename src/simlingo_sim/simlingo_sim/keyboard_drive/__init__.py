# SPDX-License-Identifier: Apache-2.0
"""A person drives the simulated car with the keyboard."""
