using System.Globalization;
using AutoDim.Numerics;

namespace AutoDim.Mpi;

/// <summary>Whether this process was started by mpirun or another MPI launcher, by the environment that those give; no MPI library is needed to tell.</summary>
internal static class Launcher
{
    private const string OpenMpiRank = "OMPI_COMM_WORLD_RANK";

    private static readonly string[] RankNames = ["PMI_RANK", "PMIX_RANK", OpenMpiRank];
    private static readonly string[] NeighbourNames = ["MPI_LOCALNRANKS", "OMPI_COMM_WORLD_LOCAL_SIZE", "SLURM_NTASKS_PER_NODE"];

    /// <summary>This process's number, from 0; null where no launcher started it.</summary>
    public static int? Rank => Number(RankNames);

    /// <summary>Whether Open MPI's launcher started it.</summary>
    public static bool IsOpenMpi => Environment.GetEnvironmentVariable(OpenMpiRank) != null;

    /// <summary>Processes on this machine, this one included.</summary>
    public static int Neighbours => Math.Max(1, Number(NeighbourNames) ?? 1);

    /// <summary>All processes that were started together; a process by itself where none was.</summary>
    /// <exception cref="AutoDimException">There is no MPI library.</exception>
    public static Ranks Join() => Rank == null ? Ranks.One : MpiRanks.Join();

    private static int? Number(string[] names)
    {
        foreach (var name in names)
        {
            if (int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.None, CultureInfo.InvariantCulture, out var number)) return number;
        }

        return null;
    }
}
