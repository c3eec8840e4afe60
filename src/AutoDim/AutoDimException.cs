using AutoDim.Numerics;

namespace AutoDim;

/// <summary>
/// What a user can mend: a bad file, row, option or plan. The message names the place (file, line, column, field), the value,
/// what was expected and the fix; the command line prints it as one line and ends with exit code 2.
/// </summary>
public class AutoDimException : Exception
{
    public AutoDimException()
    {
    }

    public AutoDimException(string message)
        : base(message)
    {
    }

    public AutoDimException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>What to tell the user of any exception: what is to be mended, or null of a bug.</summary>
    internal static string? MessageOf(Exception exception) => exception switch
    {
        AutoDimException => exception.Message,
        AggregateException { InnerException: { } inner } => MessageOf(inner),
        IOException or UnauthorizedAccessException => $"{exception.Message}; check that the disk has room, and that files and folders are there and yours to read and write",
        OutOfMemoryException => MemoryBudget.HeapProblem ?? "there is not enough memory; see what the run needs with: autodim estimate",
        _ => null,
    };
}
