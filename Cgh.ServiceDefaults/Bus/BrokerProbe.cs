using Cgh.Core;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace Cgh.ServiceDefaults.Bus;

/// <summary>
/// A connection that reports why a broker does not work. MassTransit retries forever without reporting the cause, and waits forever for a broker
/// whose memory or disk is used up.
/// </summary>
public sealed class BrokerProbe : IAsyncDisposable
{
    private static readonly TimeSpan s_connectTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_confirmTimeout = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan s_abortTimeout = TimeSpan.FromSeconds(1);

    // Nothing is bound to it: the broker drops the message and confirms it.
    private const string NoQueue = "cgh-probe";

    private readonly Uri _broker;
    private readonly IConnection _connection;
    private readonly IChannel _channel;
    private TaskCompletionSource<string> _blocked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task? _publishing;

    private BrokerProbe(Uri broker, IConnection connection, IChannel channel)
    {
        _broker = broker;
        _connection = connection;
        _channel = channel;
        connection.ConnectionBlockedAsync += (_, blocked) =>
        {
            _blocked.TrySetResult(blocked.Reason);
            return Task.CompletedTask;
        };
        connection.ConnectionUnblockedAsync += (_, _) =>
        {
            _blocked = new(TaskCreationOptions.RunContinuationsAsynchronously);
            return Task.CompletedTask;
        };
    }

    /// <summary>Whether the connection is still there.</summary>
    public bool IsOpen => _connection.IsOpen && _channel.IsOpen;

    /// <summary>Connects.</summary>
    /// <exception cref="UserErrorException">The broker does not answer or refuses the connection.</exception>
    public static async Task<BrokerProbe> OpenAsync(Uri broker, CancellationToken cancellationToken)
    {
        var factory = new ConnectionFactory
        {
            Uri = broker,
            RequestedConnectionTimeout = s_connectTimeout,
            HandshakeContinuationTimeout = s_connectTimeout,
            AutomaticRecoveryEnabled = false,
        };
        IConnection? connection = null;
        try
        {
            // A server that is not a broker may never respond.
            connection = await factory.CreateConnectionAsync(cancellationToken).WaitAsync(2 * s_connectTimeout, cancellationToken);

            // A missing virtual host is only reported when a channel is opened.
            var channel = await connection.CreateChannelAsync(new CreateChannelOptions(true, true), cancellationToken)
                .WaitAsync(2 * s_connectTimeout, cancellationToken);
            (var opened, connection) = (connection, null);
            return new BrokerProbe(broker, opened, channel);
        }
        catch (TimeoutException error)
        {
            throw UserErrorException.Unreachable($"The server at {Name(broker)} is not responding like a message broker. Check the address.", error);
        }
        catch (BrokerUnreachableException error)
        {
            var reason = error.InnerException is AuthenticationFailureException or PossibleAuthenticationFailureException
                ? "rejected the user or password"
                : "is not responding";
            throw UserErrorException.Unreachable($"The broker at {Name(broker)} {reason}. Check the address and that the server is running.", error);
        }
        catch (OperationInterruptedException error)
        {
            throw UserErrorException.Unreachable(
                $"The broker at {Name(broker)} rejected the connection: {error.ShutdownReason?.ReplyText ?? UserText.FirstLine(error)}", error);
        }
        finally
        {
            if (connection is not null)
            {
                await connection.AbortAsync(s_abortTimeout);
            }
        }
    }

    /// <summary>Returns a line that says why the broker accepts no messages; null if it does. Not for concurrent calls.</summary>
    /// <remarks>A broker tells a connection that it is blocked only once that has published.</remarks>
    public async Task<string?> FaultAsync(CancellationToken cancellationToken)
    {
        if (_publishing is { IsCompletedSuccessfully: true })
        {
            _publishing = null;
        }

        // Messages that were not confirmed at the last call are confirmed as soon as the broker accepts messages again.
        var limit = _publishing is null ? s_confirmTimeout : s_abortTimeout;
        _publishing ??= PublishAsync();
        var blocked = _blocked.Task;
        try
        {
            await Task.WhenAny(_publishing, blocked).WaitAsync(limit, cancellationToken);
        }
        catch (TimeoutException)
        {
            return $"The broker at {Name(_broker)} did not accept a message within {limit.TotalSeconds:0} seconds. Check the log of RabbitMQ.";
        }

        if (blocked.IsCompleted)
        {
            var reason = await blocked;
            return $"The broker at {Name(_broker)} accepts no messages: {reason}. Free {Resource(reason)} on its machine, or lower its limit.";
        }

        var published = _publishing;
        _publishing = null;
        try
        {
            await published;
            return null;
        }
        catch (Exception error) when (error is RabbitMQClientException or IOException)
        {
            return $"The broker at {Name(_broker)} closed the connection: {UserText.FirstLine(error)}";
        }
    }

    public async ValueTask DisposeAsync()
    {
        // A broker that blocks a connection does not answer that it is closed.
        await _connection.AbortAsync(s_abortTimeout);
        _ = _publishing?.Exception;
        await _connection.DisposeAsync();
    }

    // A broker still confirms the message with which it notices that it must block the connection, but not the next one.
    private async Task PublishAsync()
    {
        for (var message = 0; message < 2; message++)
        {
            await _channel.BasicPublishAsync(exchange: "", NoQueue, body: ReadOnlyMemory<byte>.Empty, CancellationToken.None);
        }
    }

    /// <summary>Host and port, without user and password.</summary>
    internal static string Name(Uri broker) => broker.IsDefaultPort ? broker.Host : $"{broker.Host}:{broker.Port}";

    // RabbitMQ's reason is "low on memory" or "low on disk".
    private static string Resource(string reason) => reason.Contains("disk", StringComparison.Ordinal) ? "disk space" : "memory";
}
