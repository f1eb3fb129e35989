using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Cgh.AppHost.Aspire.Servers;

/// <summary>
/// Whether a server on this machine answers in its own protocol. That its port takes a connection says nothing: Aspire listens
/// there for it before it runs.
/// </summary>
/// <param name="port">Port of the server, known only once it is started.</param>
/// <param name="question">What is sent.</param>
/// <param name="answer">What the answer begins with.</param>
internal sealed class AnswerHealthCheck(Func<int> port, byte[] question, byte[] answer) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(IPAddress.Loopback, port(), cancellationToken);
            await using var stream = client.GetStream();
            await stream.WriteAsync(question, cancellationToken);
            var received = new byte[answer.Length];
            await stream.ReadExactlyAsync(received, cancellationToken);
            return received.AsSpan().SequenceEqual(answer) ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy($"Port {port()} is not the server's: it answers otherwise.");
        }
        catch (Exception error) when (error is SocketException or IOException)
        {
            return HealthCheckResult.Unhealthy($"The server does not answer yet: {error.Message}");
        }
    }
}
