namespace Cgh.Tests;

/// <summary>A span as a collector receives it.</summary>
/// <param name="Service">The resource's <c>service.name</c>.</param>
/// <param name="Source">Name of the activity source.</param>
/// <param name="TraceId">32 hexadecimal digits.</param>
/// <param name="SpanId">16 hexadecimal digits.</param>
/// <param name="ParentId">Span id of the parent; null for the root of a trace.</param>
/// <param name="Name">Name of the span.</param>
/// <param name="Kind">1 internal, 2 server, 3 client, 4 producer, 5 consumer.</param>
/// <param name="Start">When it started.</param>
/// <param name="End">When it ended.</param>
/// <param name="HasFailed">Whether its status is an error.</param>
/// <param name="Attributes">Its attributes, as text.</param>
public sealed record OtlpSpan(
    string Service,
    string Source,
    string TraceId,
    string SpanId,
    string? ParentId,
    string Name,
    int Kind,
    DateTimeOffset Start,
    DateTimeOffset End,
    bool HasFailed,
    IReadOnlyDictionary<string, string> Attributes);

/// <summary>A log entry as a collector receives it.</summary>
/// <param name="Service">The resource's <c>service.name</c>.</param>
/// <param name="Category">The logger's category.</param>
/// <param name="Severity">OpenTelemetry's number: 9 information, 13 warning, 17 error, 21 critical.</param>
/// <param name="Body">The message.</param>
/// <param name="TraceId">The trace in which it was written, if any.</param>
/// <param name="Attributes">Values of the message and its scopes, as text.</param>
public sealed record OtlpLog(
    string Service, string Category, int Severity, string Body, string? TraceId, IReadOnlyDictionary<string, string> Attributes)
{
    public const int Warning = 13;
    public const int Error = 17;
}

/// <summary>A measurement as a collector receives it.</summary>
/// <param name="Service">The resource's <c>service.name</c>.</param>
/// <param name="Meter">Name of the meter.</param>
/// <param name="Name">Name of the instrument.</param>
/// <param name="Unit">Its unit.</param>
/// <param name="Value">Its value; of a histogram, the number of measurements.</param>
/// <param name="Attributes">Its tags, as text.</param>
public sealed record OtlpMeasurement(
    string Service, string Meter, string Name, string Unit, double Value, IReadOnlyDictionary<string, string> Attributes);
