namespace Cgh.RunStore;

/// <summary>A message that no service could process.</summary>
/// <param name="When">When it was received.</param>
/// <param name="Queue">The queue it was sent to, such as <c>start-run</c>; RabbitMQ keeps it in <c>start-run_error</c> or <c>start-run_skipped</c>.</param>
/// <param name="What">Its type, such as <c>StartRun</c>, if known.</param>
/// <param name="Reason">Why it was rejected, in one line.</param>
/// <param name="Body">The first 1,024 characters of its body.</param>
public sealed record RejectedMessage(DateTimeOffset When, string Queue, string What, string Reason, string Body);

/// <summary>Messages that no service could process.</summary>
public interface IRejectedMessageStore
{
    /// <summary>Adds a rejected message; the newest 100 are kept.</summary>
    Task AddRejectedMessageAsync(RejectedMessage message, CancellationToken cancellationToken = default);

    /// <summary>Rejected messages, newest first.</summary>
    Task<IReadOnlyList<RejectedMessage>> ListRejectedMessagesAsync(int max = 100, CancellationToken cancellationToken = default);

    /// <summary>Clears the list; the messages stay in the broker's error queues.</summary>
    Task ClearRejectedMessagesAsync(CancellationToken cancellationToken = default);
}
