using System.Text;
using System.Text.Json;
using Cgh.Core;
using Cgh.Core.Files;
using Cgh.RunStore;
using MassTransit;
using Microsoft.Extensions.Logging;

namespace Cgh.ServiceDefaults.Bus;

/// <summary>
/// Notes messages that nobody could make anything of: garbage and failures, which the bus puts into <c>QUEUE_error</c>, and unknown types, which it
/// puts into <c>QUEUE_skipped</c>.
/// </summary>
internal sealed partial class TroubleObserver(IRunStore store, TimeProvider clock, ILogger<TroubleObserver> log) : IReceiveObserver
{
    private const int BodyKept = 1024;

    public Task PreReceive(ReceiveContext context) => Task.CompletedTask;

    public Task PostReceive(ReceiveContext context) => context.IsDelivered || context.IsFaulted
        ? Task.CompletedTask
        : NoteAsync(context, MessageType(context), "No service of this version knows this type of message.");

    public Task PostConsume<T>(ConsumeContext<T> context, TimeSpan duration, string consumerType)
        where T : class => Task.CompletedTask;

    public Task ConsumeFault<T>(ConsumeContext<T> context, TimeSpan duration, string consumerType, Exception exception)
        where T : class => IsPassing(exception, context.ReceiveContext) ? Task.CompletedTask : NoteAsync(context.ReceiveContext, typeof(T).Name, Describe(exception));

    public Task ReceiveFault(ReceiveContext context, Exception exception) =>
        // A consumer's failure has been noted; without the broker nothing was refused: the message comes again.
        context.IsDelivered || IsPassing(exception, context) || IsOfTheBroker(exception)
            ? Task.CompletedTask
            : NoteAsync(context, MessageType(context), exception is UserErrorException ? exception.Message : $"It cannot be read: {Describe(exception)}");

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

    private async Task NoteAsync(ReceiveContext context, string what, string reason)
    {
        var queue = context.InputAddress.AbsolutePath.Split('/')[^1];
        Refused(log, queue, what, reason);
        try
        {
            // The transport's own reading refuses what is not UTF-8, and what is thrown here would leave the message in its queue for ever.
            var text = Encoding.UTF8.GetString(context.Body.GetBytes());
            await store.AddTroubleAsync(new Trouble(clock.GetUtcNow(), queue, what, reason, text.Length > BodyKept ? text[..BodyKept] : text));
        }
        catch (Exception error) when (PatientRunStore.IsAway(error))
        {
            NotNoted(log, queue, AtomicFile.FirstLine(error));
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Refused a message from {Queue} ({What}): {Reason}")]
    private static partial void Refused(ILogger log, string queue, string what, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The refused message from {Queue} is not in the run store's list of troubles. {Reason}")]
    private static partial void NotNoted(ILogger log, string queue, string reason);
}
