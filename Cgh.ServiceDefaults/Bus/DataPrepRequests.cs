using Cgh.Core;
using Cgh.Core.Messages;
using MassTransit;
using RabbitMQ.Client.Exceptions;

namespace Cgh.ServiceDefaults.Bus;

/// <summary>Asks the DataPrep services.</summary>
public static class DataPrepRequests
{
    /// <summary>Time that an answer takes which needs no work.</summary>
    public static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(15);

    /// <summary>The error if no service answers.</summary>
    public const string Unanswered = "No DataPrep service answers. Start one (Cgh.DataPrep serve), or check its log, then try again.";

    /// <summary>Asks a DataPrep service and waits for its answer.</summary>
    /// <param name="bus">The bus.</param>
    /// <param name="request">The request.</param>
    /// <param name="timeout">How long to wait.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="UserErrorException">There is no DataPrep service, or it does not answer in time or cannot.</exception>
    public static async Task<TAnswer> AskDataPrepAsync<TRequest, TAnswer>(
        this IBus bus, TRequest request, TimeSpan timeout, CancellationToken cancellationToken = default)
        where TRequest : class, ICommand
        where TAnswer : class
    {
        // Without this limit the send would wait for a broker that is down.
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(timeout);
        try
        {
            // The exchange: the queue is declared by its consumers.
            var client = bus.CreateRequestClient<TRequest>(new Uri($"exchange:{Queues.Sources}"), timeout);
            using var handle = client.Create(request, limit.Token);
            handle.UseExecute(context =>
            {
                context.Durable = false;
                if (context.TryGetPayload<RabbitMqSendContext>(out var rabbit))
                {
                    rabbit.Mandatory = true;
                }
            });
            return (await handle.GetResponse<TAnswer>()).Message;
        }
        catch (RequestFaultException error)
        {
            var reason = error.Fault?.Exceptions is [var first, ..] ? first.Message.Split('\n')[0] : UserText.FirstLine(error);
            throw new UserErrorException($"The DataPrep service could not answer; see its log. {reason}", error);
        }
        catch (Exception error) when (IsUnanswered(error))
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw UserErrorException.Unreachable(Unanswered, error);
        }
    }

    private static bool IsUnanswered(Exception error) =>
        error is RequestException or OperationCanceledException or MassTransitException or RabbitMQClientException or TimeoutException;
}
