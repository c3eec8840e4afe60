#!/usr/bin/env bash
# A training over several machines by Slurm: sbatch docs/scale/slurm.sh DATA RUN. Both folders lie on a file system that all machines see.
#SBATCH --job-name=autodim
#SBATCH --nodes=4
#SBATCH --ntasks-per-node=1
#SBATCH --cpus-per-task=16
#SBATCH --time=12:00:00
#SBATCH --signal=TERM@120
#SBATCH --requeue
set -euo pipefail
data="$1" run="$2"
# MPICH's Hydra, started by mpirun, takes machines and places from Slurm. A job that is requeued goes on from its last checkpoint.
exec mpirun -ppn 1 autodim train "$data" --model deepfm --threads "$SLURM_CPUS_PER_TASK" --out "$run"
