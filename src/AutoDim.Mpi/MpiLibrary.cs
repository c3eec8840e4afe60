using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace AutoDim.Mpi;

/// <summary>
/// The dozen calls of MPI that are used, and the handles they take: numbers in MPICH and what shares its binary interface (Intel MPI, Cray
/// MPICH, MVAPICH), addresses within the library in Open MPI. Both fit a pointer, so one declaration serves for both. The library is
/// looked for when the first call is made, and not before.
/// </summary>
internal static unsafe partial class MpiLibrary
{
    private const string Name = "mpi";

    /// <summary>MPI_THREAD_SERIALIZED: any thread calls, one at a time.</summary>
    public const int Serialized = 2;

    private const int LongestMessage = 1024;

    /// <summary>In order: the one that the launcher belongs to comes first.</summary>
    private static readonly string[] MpichFiles = ["libmpich.so.12", "libmpi.so.12", "libmpi.12.dylib"], OpenMpiFiles = ["libmpi.so.40", "libmpi.40.dylib"];

    private static readonly Lazy<nint> Library = new(Find);

    /// <summary>Whether handles are addresses within the library.</summary>
    private static bool isOpenMpi;

    public static nint World => Handle(0x44000000, "ompi_mpi_comm_world");

    public static nint Byte => Handle(0x4c00010d, "ompi_mpi_byte");

    public static nint Float => Handle(0x4c00040a, "ompi_mpi_float");

    public static nint Double => Handle(0x4c00080b, "ompi_mpi_double");

    public static nint AddUp => Handle(0x58000003, "ompi_mpi_op_sum");

    public static nint ReturnErrors => Handle(0x54000001, "ompi_mpi_errors_return");

    /// <summary>In place of what is sent: it lies where the result goes.</summary>
    public static void* InPlace => isOpenMpi ? (void*)1 : (void*)-1;

    /// <summary>MPI_STATUS_IGNORE.</summary>
    public static void* IgnoredStatus => isOpenMpi ? null : (void*)1;

    /// <summary>Finds the library; calls go to it from then on.</summary>
    /// <exception cref="AutoDimException">There is none.</exception>
    public static void Load() => _ = Library.Value;

    /// <exception cref="AutoDimException">The call failed.</exception>
    public static void Check(int code, [CallerArgumentExpression(nameof(code))] string call = "")
    {
        if (code == 0) return;
        var text = stackalloc byte[LongestMessage];
        var length = 0;
        var message = ErrorString(code, text, &length) == 0 ? Encoding.UTF8.GetString(text, length) : $"code {code}";
        throw new AutoDimException($"MPI failed in {call.Split('(')[0]}: {message}; a rank may have ended: see the messages above, then start the same command again to go on from the last checkpoint");
    }

    [LibraryImport(Name, EntryPoint = "MPI_Init_thread")]
    public static partial int InitThread(int* argumentCount, byte*** arguments, int required, int* provided);

    [LibraryImport(Name, EntryPoint = "MPI_Finalize")]
    public static partial int Finish();

    [LibraryImport(Name, EntryPoint = "MPI_Abort")]
    public static partial int Abort(nint world, int code);

    [LibraryImport(Name, EntryPoint = "MPI_Comm_rank")]
    public static partial int CommRank(nint world, int* rank);

    [LibraryImport(Name, EntryPoint = "MPI_Comm_size")]
    public static partial int CommSize(nint world, int* size);

    [LibraryImport(Name, EntryPoint = "MPI_Comm_set_errhandler")]
    public static partial int CommSetErrorHandler(nint world, nint handler);

    [LibraryImport(Name, EntryPoint = "MPI_Error_string")]
    public static partial int ErrorString(int code, byte* text, int* length);

    [LibraryImport(Name, EntryPoint = "MPI_Get_library_version")]
    public static partial int GetLibraryVersion(byte* text, int* length);

    [LibraryImport(Name, EntryPoint = "MPI_Barrier")]
    public static partial int Barrier(nint world);

    [LibraryImport(Name, EntryPoint = "MPI_Bcast")]
    public static partial int Broadcast(void* data, int count, nint type, int root, nint world);

    [LibraryImport(Name, EntryPoint = "MPI_Allreduce")]
    public static partial int AllReduce(void* sent, void* received, int count, nint type, nint operation, nint world);

    /// <param name="request">A handle, of an int's width in MPICH.</param>
    [LibraryImport(Name, EntryPoint = "MPI_Iallreduce")]
    public static partial int StartAllReduce(void* sent, void* received, int count, nint type, nint operation, nint world, nint* request);

    [LibraryImport(Name, EntryPoint = "MPI_Wait")]
    public static partial int Wait(nint* request, void* status);

    [LibraryImport(Name, EntryPoint = "MPI_Alltoallv")]
    public static partial int AllToAllV(void* sent, int* sentCounts, int* sentStarts, nint sentType, void* received, int* counts, int* starts, nint type, nint world);

    private static nint Handle(nint mpich, string openMpi) => isOpenMpi ? NativeLibrary.GetExport(Library.Value, openMpi) : mpich;

    private static nint Find()
    {
        foreach (var file in Launcher.IsOpenMpi ? OpenMpiFiles : [.. MpichFiles, .. OpenMpiFiles])
        {
            if (!NativeLibrary.TryLoad(file, out var library)) continue;
            isOpenMpi = NativeLibrary.TryGetExport(library, "ompi_mpi_comm_world", out _);
            NativeLibrary.SetDllImportResolver(typeof(MpiLibrary).Assembly, (name, _, _) => name == Name ? library : 0);
            return library;
        }

        var (kind, package) = Launcher.IsOpenMpi ? ("Open MPI", "openmpi-bin libopenmpi3") : ("MPICH", "mpich");
        throw new AutoDimException($"started under an MPI launcher, but there is no library of {kind}; install it on every machine (Debian, Ubuntu: apt-get install {package}), or start autodim without mpirun");
    }
}
