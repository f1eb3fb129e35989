using System.Text;
using System.Text.Json;
using Cgh.Core;
using Cgh.Core.Files;
using Cgh.RunStore;
using MassTransit;
using Microsoft.Extensions.Logging;

namespace Cgh.ServiceDefaults.Bus;

/// <summary>
/// Records messages that no service could handle: garbage and failures, which the bus puts into <c>QUEUE_error</c>, and unknown types, which it
/// puts into <c>QUEUE_skipped</c>.
/// </summary>
internal sealed partial class RejectedMessageObserver(IRejectedMessageStore store, TimeProvider clock, ILogger<RejectedMessageObserver> log) : IReceiveObserver
{
    private const int BodyKept = 1024;

    public Task PreReceive(ReceiveContext context) => Task.CompletedTask;

    public Task PostReceive(ReceiveContext context) => context.IsDelivered || context.IsFaulted
        ? Task.CompletedTask
        : RecordAsync(context, MessageType(context), "No service of this version knows this type of message.");

    public Task PostConsume<T>(ConsumeContext<T> context, TimeSpan duration, string consumerType)
        where T : class => Task.CompletedTask;

    public Task ConsumeFault<T>(ConsumeContext<T> context, TimeSpan duration, string consumerType, Exception exception)
        where T : class => IsPassing(exception, context.ReceiveContext) ? Task.CompletedTask : RecordAsync(context.ReceiveContext, typeof(T).Name, Describe(exception));

    public Task ReceiveFault(ReceiveContext context, Exception exception) =>
        // A consumer's failure has been recorded; without the broker nothing was rejected: the message comes again.
        context.IsDelivered || IsPassing(exception, context) || IsOfTheBroker(exception)
            ? Task.CompletedTask
            : RecordAsync(context, MessageType(context), exception is UserErrorException ? exception.Message : $"It cannot be read: {Describe(exception)}");

    private static bool IsPassing(Exception error, ReceiveContext context) =>
        error is OperationCanceledException || context.CancellationToken.IsCancellationRequested;

    private static bool IsOfTheBroker(Exception error) => error.GetType().Namespace?.StartsWith("RabbitMQ.Client", StringComparison.Ordinal) == true;

    private static string Describe(Exception error) => error is UserErrorException ? error.Message : $"{error.GetType().Name}: {AtomicFile.FirstLine(error)}";

    // As far as the envelope can be read: its first type, without the namespace.
    private static string MessageType(ReceiveContext context)
    {
        try
        {
            using var envelope = JsonDocument.Parse(context.Body.GetBytes());
            return envelope.RootElement.TryGetProperty("messageType", out var types) && types.ValueKind == JsonValueKind.Array && types.GetArrayLength() > 0 && types[0].ValueKind == JsonValueKind.String
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
        var queue = context.InputAddress.AbsolutePath.Split('/')[^1];
        Rejected(log, queue, what, reason);
        try
        {
            // The transport's own reading rejects what is not UTF-8, and what is thrown here would leave the message in its queue for ever.
            var text = Encoding.UTF8.GetString(context.Body.GetBytes());
            await store.AddRejectedMessageAsync(new RejectedMessage(clock.GetUtcNow(), queue, what, reason, text.Length > BodyKept ? text[..BodyKept] : text));
        }
        catch (Exception error) when (RunStoreRetry.IsTransient(error))
        {
            NotRecorded(log, queue, AtomicFile.FirstLine(error));
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Rejected a message from {Queue} ({What}): {Reason}")]
    private static partial void Rejected(ILogger log, string queue, string what, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The message rejected from {Queue} is not in the run store's list. {Reason}")]
    private static partial void NotRecorded(ILogger log, string queue, string reason);
}
