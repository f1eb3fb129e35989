namespace Cgh.RunStore;

/// <summary>
/// The rebuild that a host without other trainers starts with, while its pages answer already. Until it has ended, no service may conclude anything from
/// what is missing from the store.
/// </summary>
public sealed class RebuildAtStart
{
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when the rebuild has ended.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Called at its end.</summary>
    public void End() => _ended.TrySetResult();
}
