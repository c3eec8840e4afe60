namespace AutoDim.Data;

/// <summary>How to wait for a folder in which another process works.</summary>
/// <param name="Longest">Then it is refused; <see cref="TimeSpan.Zero"/>: at once.</param>
/// <param name="Notice">Told once, when the waiting begins.</param>
/// <param name="Cancellation">Ends the waiting.</param>
internal sealed record LockWait(TimeSpan Longest, Action<string> Notice, CancellationToken Cancellation)
{
    /// <summary>Of this flow of control; null: nothing waits.</summary>
    public static readonly AsyncLocal<LockWait?> Current = new();
}
