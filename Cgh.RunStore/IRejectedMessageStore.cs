namespace Cgh.RunStore;

/// <summary>A message that no service could handle.</summary>
/// <param name="When">When it came.</param>
/// <param name="Queue">Where it came, such as <c>start-run</c>; the message itself now lies in <c>start-run_error</c> or <c>start-run_skipped</c>.</param>
/// <param name="What">Its type as far as it is known, such as <c>StartRun</c>.</param>
/// <param name="Reason">Why it was rejected, in one line.</param>
/// <param name="Body">Its first 1,024 characters.</param>
public sealed record RejectedMessage(DateTimeOffset When, string Queue, string What, string Reason, string Body);

/// <summary>Messages that no service could handle.</summary>
public interface IRejectedMessageStore
{
    /// <summary>Adds a rejected message; the newest 100 are kept.</summary>
    Task AddRejectedMessageAsync(RejectedMessage message, CancellationToken cancellationToken = default);

    /// <summary>Rejected messages, newest first.</summary>
    Task<IReadOnlyList<RejectedMessage>> ListRejectedMessagesAsync(int max = 100, CancellationToken cancellationToken = default);

    /// <summary>Forgets the rejected messages; those in the broker's queues stay.</summary>
    Task ClearRejectedMessagesAsync(CancellationToken cancellationToken = default);
}
