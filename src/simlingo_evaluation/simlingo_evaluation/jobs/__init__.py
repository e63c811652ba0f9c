# SPDX-License-Identifier: Apache-2.0
"""Many independent jobs over workers: processes of this machine, or the nodes of a Ray cluster.

workers.py         who works: ``Workers``
mapping.py         ``map_jobs``, the one place that gives jobs to workers
processes.py       processes of this machine; the default, needs no Ray
ray_jobs.py        a Ray cluster: jobs in flight, deaths, Ctrl-C
ray_cluster.py     the connection to it, and what is shipped to its nodes
node_side.py       what a job finds on a node: code, models, the folder of its results
options.py         options of the commands
"""
