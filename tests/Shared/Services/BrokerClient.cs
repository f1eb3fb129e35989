using System.Text;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace Cgh.Tests;

/// <summary>Sends raw messages to queues and inspects queues, without MassTransit.</summary>
public sealed class BrokerClient : IAsyncDisposable
{
    private readonly IConnection _connection;

    private BrokerClient(IConnection connection) => _connection = connection;

    /// <summary>Version of the broker, such as 3.10.8.</summary>
    public Version ServerVersion => Version.Parse(Encoding.UTF8.GetString((byte[])_connection.ServerProperties!["version"]!));

    public static async Task<BrokerClient> ConnectAsync(string address, CancellationToken cancellationToken) =>
        new(await new ConnectionFactory { Uri = new Uri(address) }.CreateConnectionAsync(cancellationToken));

    /// <summary>Sends a command in MassTransit's envelope.</summary>
    /// <param name="queue">The queue.</param>
    /// <param name="type">The message type, such as <c>Cgh.Core.Messages:StartRun</c>.</param>
    /// <param name="message">The message as JSON.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    public Task SendAsync(string queue, string type, string message, CancellationToken cancellationToken) => SendRawAsync(
        queue, $$"""{ "messageId": "{{Guid.NewGuid()}}", "messageType": ["urn:message:{{type}}"], "message": {{message}} }""", cancellationToken);

    public Task SendRawAsync(string queue, string body, CancellationToken cancellationToken) =>
        SendRawAsync(queue, Encoding.UTF8.GetBytes(body), cancellationToken);

    public async Task SendRawAsync(string queue, byte[] body, CancellationToken cancellationToken)
    {
        await using var channel = await _connection.CreateChannelAsync(cancellationToken: cancellationToken);
        var properties = new BasicProperties { ContentType = "application/vnd.masstransit+json", Persistent = true };
        await channel.BasicPublishAsync(queue, routingKey: "", mandatory: false, properties, body, cancellationToken);
    }

    /// <summary>Number of messages in a queue; 0 if it does not exist.</summary>
    public async Task<uint> WaitingAsync(string queue, CancellationToken cancellationToken)
    {
        await using var channel = await _connection.CreateChannelAsync(cancellationToken: cancellationToken);
        try
        {
            return (await channel.QueueDeclarePassiveAsync(queue, cancellationToken)).MessageCount;
        }
        catch (OperationInterruptedException)
        {
            return 0;
        }
    }

    /// <summary>Declares a durable queue with these arguments; an existing one of that name is deleted first.</summary>
    public async Task RedeclareAsync(string queue, IDictionary<string, object?> arguments, CancellationToken cancellationToken)
    {
        await DeleteAsync(queue, cancellationToken);
        await using var channel = await _connection.CreateChannelAsync(cancellationToken: cancellationToken);
        await channel.QueueDeclareAsync(queue, durable: true, exclusive: false, autoDelete: false, arguments, cancellationToken: cancellationToken);
    }

    public async Task DeleteAsync(string queue, CancellationToken cancellationToken)
    {
        await using var channel = await _connection.CreateChannelAsync(cancellationToken: cancellationToken);
        await channel.QueueDeleteAsync(queue, ifUnused: false, ifEmpty: false, cancellationToken: cancellationToken);
    }

    public ValueTask DisposeAsync() => _connection.DisposeAsync();
}
