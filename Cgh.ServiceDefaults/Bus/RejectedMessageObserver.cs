using System.Text;
using System.Text.Json;
using Cgh.Core;
using Cgh.RunStore;
using MassTransit;
using Microsoft.Extensions.Logging;

namespace Cgh.ServiceDefaults.Bus;

/// <summary>
/// Records messages that no service could process: failures and unreadable messages, which the bus moves to <c>QUEUE_error</c>, and unknown
/// types, which it moves to <c>QUEUE_skipped</c>.
/// </summary>
internal sealed partial class RejectedMessageObserver(IRejectedMessageStore store, TimeProvider clock, ILogger<RejectedMessageObserver> log) : IReceiveObserver
{
    private const int MaxBodyLength = 1024;

    public Task PreReceive(ReceiveContext context) => Task.CompletedTask;

    public Task PostReceive(ReceiveContext context) => context.IsDelivered || context.IsFaulted
        ? Task.CompletedTask
        : RecordAsync(context, MessageType(context), "Unknown message type in this version.");

    public Task PostConsume<T>(ConsumeContext<T> context, TimeSpan duration, string consumerType)
        where T : class => Task.CompletedTask;

    public Task ConsumeFault<T>(ConsumeContext<T> context, TimeSpan duration, string consumerType, Exception exception)
        where T : class =>
            IsCancellation(exception, context.ReceiveContext) ? Task.CompletedTask : RecordAsync(context.ReceiveContext, typeof(T).Name, Describe(exception));

    public Task ReceiveFault(ReceiveContext context, Exception exception) =>
        // ConsumeFault has recorded a consumer's failure; after a broker failure the message is redelivered.
        context.IsDelivered || IsCancellation(exception, context) || IsBrokerError(exception)
            ? Task.CompletedTask
            : RecordAsync(context, MessageType(context), exception is UserErrorException ? exception.Message : $"Unreadable message: {Describe(exception)}");

    private static bool IsCancellation(Exception error, ReceiveContext context) =>
        error is OperationCanceledException || context.CancellationToken.IsCancellationRequested;

    private static bool IsBrokerError(Exception error) => error.GetType().Namespace?.StartsWith("RabbitMQ.Client", StringComparison.Ordinal) == true;

    private static string Describe(Exception error) => error is UserErrorException ? error.Message : $"{error.GetType().Name}: {UserText.FirstLine(error)}";

    // The first type in the envelope, without the namespace.
    private static string MessageType(ReceiveContext context)
    {
        try
        {
            using var envelope = JsonDocument.Parse(context.Body.GetBytes());
            return envelope.RootElement.TryGetProperty("messageType", out var types) && types.ValueKind == JsonValueKind.Array && types.GetArrayLength() > 0
                && types[0].ValueKind == JsonValueKind.String
                ? types[0].GetString()!.Split(':')[^1]
                : "unknown";
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            return "unknown";
        }
    }

    private async Task RecordAsync(ReceiveContext context, string what, string reason)
    {
        var queue = QueueDeclarations.NameOf(context.InputAddress);
        Rejected(log, queue, what, reason);
        try
        {
            // Not the transport's own decoding: it throws on invalid UTF-8, which would leave the message in its queue forever.
            var text = Encoding.UTF8.GetString(context.Body.GetBytes());
            await store.AddRejectedMessageAsync(
                new RejectedMessage(clock.GetUtcNow(), queue, what, reason, text.Length > MaxBodyLength ? text[..MaxBodyLength] : text));
        }
        catch (Exception error) when (RunStoreRetry.IsTransient(error))
        {
            NotRecorded(log, queue, UserText.FirstLine(error));
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Rejected a message from {Queue} ({What}): {Reason}")]
    private static partial void Rejected(ILogger log, string queue, string what, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Cannot record a message rejected from {Queue} in the run store. {Reason}")]
    private static partial void NotRecorded(ILogger log, string queue, string reason);
}
