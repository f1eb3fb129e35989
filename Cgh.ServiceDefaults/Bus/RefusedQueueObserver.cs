using System.Collections.Concurrent;
using MassTransit;
using Microsoft.Extensions.Logging;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace Cgh.ServiceDefaults.Bus;

/// <summary>
/// Logs once what to do about a queue that the broker already has with other properties. MassTransit retries forever and logs only the broker's reply.
/// </summary>
internal sealed partial class RefusedQueueObserver(ILogger<RefusedQueueObserver> log) : IReceiveEndpointObserver
{
    private readonly ConcurrentDictionary<Uri, string> _logged = new();

    public Task Ready(ReceiveEndpointReady ready)
    {
        _logged.TryRemove(ready.InputAddress, out _);
        return Task.CompletedTask;
    }

    public Task Stopping(ReceiveEndpointStopping stopping) => Task.CompletedTask;

    public Task Completed(ReceiveEndpointCompleted completed) => Task.CompletedTask;

    public Task Faulted(ReceiveEndpointFaulted faulted)
    {
        if (faulted.Exception?.GetBaseException() is OperationInterruptedException { ShutdownReason: { ReplyCode: Constants.PreconditionFailed } reason }
            && reason.ReplyText.Contains("inequivalent arg", StringComparison.Ordinal)
            && _logged.TryAdd(faulted.InputAddress, reason.ReplyText))
        {
            Refused(log, QueueDeclarations.NameOf(faulted.InputAddress), reason.ReplyText);
        }

        return Task.CompletedTask;
    }

    [LoggerMessage(
        Level = LogLevel.Error,
        Message = "Queue {Queue} exists on the broker with other properties. {Reason}. Delete it, for example with 'rabbitmqctl delete_queue {Queue}'; "
            + "the services then recreate it and resend its commands.")]
    private static partial void Refused(ILogger log, string queue, string reason);
}
