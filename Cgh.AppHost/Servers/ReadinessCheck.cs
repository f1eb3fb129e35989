using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Cgh.ServiceDefaults;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Cgh.AppHost.Servers;

/// <summary>
/// Asks a resource whether it is ready, four times a second for a few seconds: Aspire repeats a check that fails only after 1, 2, 3, ... seconds,
/// and whatever waits for the resource would wait that long too.
/// </summary>
/// <param name="ask">Asks once; null if ready, else the reason why not.</param>
internal sealed class ReadinessCheck(Func<CancellationToken, Task<string?>> ask) : IHealthCheck
{
    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(250);

    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(5);

    // Aspire's proxy may accept and hold connections before the program listens.
    private static readonly TimeSpan s_answerTimeout = TimeSpan.FromSeconds(2);

    private static readonly HttpClient s_http = new(new SocketsHttpHandler { ActivityHeadersPropagator = null });

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        for (var started = Stopwatch.GetTimestamp(); ; await Task.Delay(s_interval, cancellationToken))
        {
            var failure = await AskAsync(cancellationToken);
            if (failure is null)
            {
                return HealthCheckResult.Healthy();
            }

            if (Stopwatch.GetElapsedTime(started) > s_limit)
            {
                return HealthCheckResult.Unhealthy(failure);
            }
        }
    }

    /// <summary>Whether the server at the port of 127.0.0.1 responds in its own protocol.</summary>
    /// <param name="port">Port of the server, known once it has started.</param>
    /// <param name="question">The request to send.</param>
    /// <param name="answer">The expected start of the response.</param>
    public static ReadinessCheck OfProtocol(Func<int> port, byte[] question, byte[] answer) => new(async cancellationToken =>
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, port(), cancellationToken);
        await using var stream = client.GetStream();
        await stream.WriteAsync(question, cancellationToken);
        var received = new byte[answer.Length];
        await stream.ReadExactlyAsync(received, cancellationToken);
        return received.AsSpan().SequenceEqual(answer) ? null : $"Unexpected response on port {port()}: another program is listening there.";
    });

    /// <summary>Whether a service reports that it is ready.</summary>
    /// <param name="endpoint">Where the service listens.</param>
    /// <param name="instance">Its name, where another program could have taken the port; null if none could.</param>
    public static ReadinessCheck OfService(EndpointReference endpoint, string? instance) => OfService(() => endpoint.Url, instance);

    internal static ReadinessCheck OfService(Func<string> address, string? instance) => new(async cancellationToken =>
    {
        using var response = await s_http.GetAsync($"{address()}/health", cancellationToken);
        return instance is not null && !(response.Headers.TryGetValues(ControlApi.InstanceHeader, out var names) && names.Contains(instance))
            ? $"Another program responds at {address()}."
            : response.IsSuccessStatusCode ? null : "The service has no connection to its servers yet.";
    });

    private async Task<string?> AskAsync(CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(s_answerTimeout);
        try
        {
            return await ask(limit.Token);
        }
        catch (Exception error) when (error is SocketException or IOException or HttpRequestException)
        {
            return $"Not responding yet: {error.Message}";
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return $"Not responding within {s_answerTimeout.TotalSeconds:0} seconds.";
        }
    }
}

/// <summary>Adds a <see cref="ReadinessCheck"/> to a resource.</summary>
internal static class ReadinessExtensions
{
    public static IResourceBuilder<T> WithReadiness<T>(this IResourceBuilder<T> resource, string name, ReadinessCheck check)
        where T : IResource
    {
        resource.ApplicationBuilder.Services.AddHealthChecks().Add(new HealthCheckRegistration(name, _ => check, failureStatus: null, tags: null));
        return resource.WithHealthCheck(name);
    }
}
