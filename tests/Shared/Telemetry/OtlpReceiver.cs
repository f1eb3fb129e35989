using System.Collections.Concurrent;
using System.Net;
using System.Text;

namespace Cgh.Tests;

/// <summary>
/// An OpenTelemetry collector on a port of 127.0.0.1 that keeps all spans, log entries and measurements it receives. It accepts OTLP over HTTP
/// with protobuf; give <see cref="Environment"/> to the programs that shall export to it.
/// </summary>
public sealed class OtlpReceiver : IAsyncDisposable
{
    private static readonly TimeSpan s_pollInterval = TimeSpan.FromMilliseconds(50);

    private readonly HttpListener _listener = new();
    private readonly ConcurrentQueue<OtlpSpan> _spans = new();
    private readonly ConcurrentQueue<OtlpLog> _logs = new();
    private readonly ConcurrentQueue<OtlpMeasurement> _measurements = new();
    private readonly ConcurrentQueue<Exception> _errors = new();
    private readonly Task _receiving;

    private OtlpReceiver(string address)
    {
        Address = address;
        _listener.Prefixes.Add($"{address}/");
        _listener.Start();
        _receiving = ReceiveAsync();
    }

    /// <summary>Its base URL.</summary>
    public string Address { get; }

    /// <summary>
    /// Environment variables (or settings) that make a program export here, several times a second instead of every 5 to 60 seconds.
    /// </summary>
    public IReadOnlyDictionary<string, string?> Environment => new Dictionary<string, string?>
    {
        ["OTEL_EXPORTER_OTLP_ENDPOINT"] = Address,
        ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
        ["OTEL_EXPORTER_OTLP_HEADERS"] = null,
        ["OTEL_BSP_SCHEDULE_DELAY"] = "200",
        ["OTEL_BLRP_SCHEDULE_DELAY"] = "200",
        ["OTEL_METRIC_EXPORT_INTERVAL"] = "300",
    };

    /// <summary>All spans received so far.</summary>
    public IReadOnlyList<OtlpSpan> Spans => Received(_spans);

    /// <summary>All log entries received so far.</summary>
    public IReadOnlyList<OtlpLog> Logs => Received(_logs);

    /// <summary>All measurements received so far, oldest first.</summary>
    public IReadOnlyList<OtlpMeasurement> Measurements => Received(_measurements);

    public static OtlpReceiver Start() => new($"http://127.0.0.1:{Loopback.FreePort()}");

    /// <summary>The spans of the trace in which a span with this name is, in order of their start.</summary>
    public IReadOnlyList<OtlpSpan> TraceOf(string name)
    {
        var spans = Spans;
        var trace = spans.First(span => span.Name == name).TraceId;
        return [.. spans.Where(span => span.TraceId == trace).OrderBy(span => span.Start)];
    }

    /// <summary>Waits until the trace of a command has arrived, up to the message that its experiment has ended, and returns it in order of start.</summary>
    /// <param name="name">Name of the command's span.</param>
    /// <param name="experiment">The experiment that it names.</param>
    /// <param name="timeout">How long to wait.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<IReadOnlyList<OtlpSpan>> ExperimentTraceAsync(string name, string experiment, TimeSpan timeout, CancellationToken cancellationToken)
    {
        IReadOnlyList<OtlpSpan> trace = [];
        await WaitUntilAsync(
            all =>
            {
                var command = all.Spans.FirstOrDefault(span => span.Name == name && span.Attributes.GetValueOrDefault("cgh.experiment") == experiment);
                trace = [.. all.Spans.Where(span => span.TraceId == command?.TraceId).OrderBy(span => span.Start)];
                return trace.Any(span => span.Name.EndsWith("ExperimentEnded send", StringComparison.Ordinal)) && HasAllParents(trace);
            },
            timeout,
            cancellationToken);
        return trace;
    }

    /// <summary>Waits until what was received satisfies <paramref name="holds"/>; the exporters send at their own pace.</summary>
    /// <exception cref="TimeoutException">It does not within <paramref name="timeout"/>; the message lists the spans.</exception>
    public async Task WaitUntilAsync(Func<OtlpReceiver, bool> holds, TimeSpan timeout, CancellationToken cancellationToken)
    {
        for (var deadline = DateTime.UtcNow + timeout; !holds(this); await Task.Delay(s_pollInterval, cancellationToken))
        {
            if (DateTime.UtcNow > deadline)
            {
                throw new TimeoutException($"It did not happen within {timeout}. Received {_logs.Count} log entries, {_measurements.Count} measurements and:"
                    + $"{System.Environment.NewLine}{Describe(Spans)}");
            }
        }
    }

    /// <summary>Lists spans as text, one trace after the other, for the message of a failed assertion.</summary>
    public static string Describe(IEnumerable<OtlpSpan> spans)
    {
        var text = new StringBuilder();
        foreach (var trace in spans.GroupBy(span => span.TraceId))
        {
            text.AppendLine(trace.Key);
            foreach (var span in trace.OrderBy(span => span.Start))
            {
                text.AppendLine($"  {span.SpanId} in {span.ParentId ?? "(root)",-16} {span.Service}: {span.Source} {span.Name}");
            }
        }

        return text.ToString();
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Close();
        await _receiving;
    }

    // A span is exported when it ends, so a parent may arrive after its children.
    private static bool HasAllParents(IReadOnlyList<OtlpSpan> trace)
    {
        var ids = trace.Select(span => span.SpanId).ToHashSet();
        return trace.All(span => span.ParentId is null || ids.Contains(span.ParentId));
    }

    // A request that cannot be decoded must fail the test, not vanish in an exporter's retry.
    private T[] Received<T>(ConcurrentQueue<T> received) =>
        _errors.TryPeek(out var error) ? throw new InvalidDataException("An export request could not be decoded.", error) : [.. received];

    private async Task ReceiveAsync()
    {
        while (true)
        {
            HttpListenerContext context;
            try
            {
                context = await _listener.GetContextAsync();
            }
            catch (Exception error) when (error is HttpListenerException or ObjectDisposedException)
            {
                // The receiver is being disposed.
                return;
            }

            await AnswerAsync(context);
        }
    }

    private async Task AnswerAsync(HttpListenerContext context)
    {
        try
        {
            using var body = new MemoryStream();
            await context.Request.InputStream.CopyToAsync(body);
            context.Response.StatusCode = (int)Keep(context.Request.Url!.AbsolutePath, body.GetBuffer().AsSpan(0, (int)body.Length));
            context.Response.ContentType = "application/x-protobuf";
            context.Response.Close();
        }
        catch (Exception error) when (error is HttpListenerException or IOException or ObjectDisposedException)
        {
            // The exporter was ended in the middle of a request, or the receiver is being disposed.
            context.Response.Abort();
        }
        catch (InvalidDataException error)
        {
            _errors.Enqueue(error);
            context.Response.Abort();
        }
    }

    private HttpStatusCode Keep(string path, ReadOnlySpan<byte> request)
    {
        switch (path)
        {
            case "/v1/traces":
                OtlpDecoder.Spans(request).ForEach(_spans.Enqueue);
                return HttpStatusCode.OK;
            case "/v1/logs":
                OtlpDecoder.Logs(request).ForEach(_logs.Enqueue);
                return HttpStatusCode.OK;
            case "/v1/metrics":
                OtlpDecoder.Measurements(request).ForEach(_measurements.Enqueue);
                return HttpStatusCode.OK;
            default:
                return HttpStatusCode.NotFound;
        }
    }
}
