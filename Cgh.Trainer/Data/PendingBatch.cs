namespace Cgh.Trainer.Data;

/// <summary>A batch that threads fill together. It is not thread-safe: its reader's lock guards it.</summary>
internal sealed class PendingBatch(Batch batch, ReadOnlyMemory<int> indices)
{
    private int _claimed;
    private int _finished;
    private int _failedAt = int.MaxValue;

    public Batch Batch { get; } = batch;

    /// <summary>Image index of each position.</summary>
    public ReadOnlyMemory<int> Indices { get; } = indices;

    public bool IsComplete => _finished == Indices.Length;

    /// <summary>Failure of the first position that failed, so that it does not depend on the threads.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>Returns the next position to fill; null if there is none left.</summary>
    public int? Claim() => _claimed < Indices.Length ? _claimed++ : null;

    /// <summary>Records that a claimed position was filled, or failed.</summary>
    public void Finish(int position, Exception? failure)
    {
        _finished++;
        if (failure is not null && position < _failedAt)
        {
            (_failedAt, Failure) = (position, failure);
        }
    }
}
