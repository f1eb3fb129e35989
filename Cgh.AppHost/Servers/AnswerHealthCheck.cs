using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Cgh.AppHost.Servers;

/// <summary>
/// Checks that a local server responds in its own protocol. An open port is not enough: Aspire's proxy accepts connections before the
/// server runs.
/// </summary>
/// <param name="port">Port of the server, known once it has started.</param>
/// <param name="question">The request to send.</param>
/// <param name="answer">The expected start of the response.</param>
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
            return received.AsSpan().SequenceEqual(answer)
                ? HealthCheckResult.Healthy()
                : HealthCheckResult.Unhealthy($"Unexpected response on port {port()}: another program is listening there.");
        }
        catch (Exception error) when (error is SocketException or IOException)
        {
            return HealthCheckResult.Unhealthy($"The server is not responding yet: {error.Message}");
        }
    }
}
