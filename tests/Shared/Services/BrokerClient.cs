using System.Text;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace Cgh.Tests;

/// <summary>Puts messages into queues as they are, with none of the product's wiring, and looks into queues.</summary>
public sealed class BrokerClient : IAsyncDisposable
{
    private readonly IConnection _connection;

    private BrokerClient(IConnection connection) => _connection = connection;

    public static async Task<BrokerClient> ConnectAsync(string address, CancellationToken stop) =>
        new(await new ConnectionFactory { Uri = new Uri(address) }.CreateConnectionAsync(stop));

    /// <summary>Sends a command in the envelope that the bus uses.</summary>
    /// <param name="queue">Where to.</param>
    /// <param name="type">Its type, such as <c>Cgh.Core.Messages:StartRun</c>.</param>
    /// <param name="message">It, as JSON.</param>
    /// <param name="stop">Gives up.</param>
    public Task SendAsync(string queue, string type, string message, CancellationToken stop) => SendRawAsync(
        queue, $$"""{ "messageId": "{{Guid.NewGuid()}}", "messageType": ["urn:message:{{type}}"], "message": {{message}} }""", stop);

    public Task SendRawAsync(string queue, string body, CancellationToken stop) => SendRawAsync(queue, Encoding.UTF8.GetBytes(body), stop);

    public async Task SendRawAsync(string queue, byte[] body, CancellationToken stop)
    {
        await using var channel = await _connection.CreateChannelAsync(cancellationToken: stop);
        var properties = new BasicProperties { ContentType = "application/vnd.masstransit+json", Persistent = true };
        await channel.BasicPublishAsync(queue, routingKey: "", mandatory: false, properties, body, stop);
    }

    /// <summary>Messages that wait in a queue; 0 when there is no such queue.</summary>
    public async Task<uint> WaitingAsync(string queue, CancellationToken stop)
    {
        await using var channel = await _connection.CreateChannelAsync(cancellationToken: stop);
        try
        {
            return (await channel.QueueDeclarePassiveAsync(queue, stop)).MessageCount;
        }
        catch (OperationInterruptedException)
        {
            return 0;
        }
    }

    public ValueTask DisposeAsync() => _connection.DisposeAsync();
}
