using System.Globalization;

namespace Cgh.Tests;

/// <summary>Decodes OTLP export requests (opentelemetry-proto 1.x). Fields that no test needs are skipped.</summary>
internal static class OtlpDecoder
{
    private const string ServiceName = "service.name";

    /// <summary>Decodes an <c>ExportTraceServiceRequest</c>.</summary>
    public static List<OtlpSpan> Spans(ReadOnlySpan<byte> request) => Items<OtlpSpan>(request, Span);

    /// <summary>Decodes an <c>ExportLogsServiceRequest</c>.</summary>
    public static List<OtlpLog> Logs(ReadOnlySpan<byte> request) => Items<OtlpLog>(request, Log);

    /// <summary>Decodes an <c>ExportMetricsServiceRequest</c>.</summary>
    public static List<OtlpMeasurement> Measurements(ReadOnlySpan<byte> request) => Items<OtlpMeasurement>(request, Metric);

    private delegate void Decode<T>(ReadOnlySpan<byte> item, string service, string scope, List<T> into);

    // The three requests have the same outer layers: request > resource > scope > item.
    private static List<T> Items<T>(ReadOnlySpan<byte> request, Decode<T> decode)
    {
        var items = new List<T>();
        for (var resources = new ProtobufReader(request); resources.Next();)
        {
            if (resources.Field == 1)
            {
                AddResource(resources.Content, decode, items);
            }
        }

        return items;
    }

    private static void AddResource<T>(ReadOnlySpan<byte> resource, Decode<T> decode, List<T> items)
    {
        var service = "";
        for (var fields = new ProtobufReader(resource); fields.Next();)
        {
            if (fields.Field == 1)
            {
                service = Attributes(fields.Content, field: 1).GetValueOrDefault(ServiceName, "");
            }
        }

        for (var fields = new ProtobufReader(resource); fields.Next();)
        {
            if (fields.Field == 2)
            {
                AddScope(fields.Content, service, decode, items);
            }
        }
    }

    private static void AddScope<T>(ReadOnlySpan<byte> scope, string service, Decode<T> decode, List<T> items)
    {
        var name = "";
        for (var fields = new ProtobufReader(scope); fields.Next();)
        {
            if (fields.Field == 1)
            {
                name = Text(fields.Content, field: 1);
            }
        }

        for (var fields = new ProtobufReader(scope); fields.Next();)
        {
            if (fields.Field == 2)
            {
                decode(fields.Content, service, name, items);
            }
        }
    }

    private static void Span(ReadOnlySpan<byte> item, string service, string source, List<OtlpSpan> into)
    {
        var (trace, span, parent, name, kind) = ("", "", (string?)null, "", 0);
        var (start, end, failed) = (default(DateTimeOffset), default(DateTimeOffset), false);
        for (var fields = new ProtobufReader(item); fields.Next();)
        {
            switch (fields.Field)
            {
                case 1:
                    trace = fields.Hex;
                    break;
                case 2:
                    span = fields.Hex;
                    break;
                case 4 when !fields.Content.IsEmpty:
                    parent = fields.Hex;
                    break;
                case 5:
                    name = fields.Text;
                    break;
                case 6:
                    kind = (int)fields.Integer;
                    break;
                case 7:
                    start = fields.Time;
                    break;
                case 8:
                    end = fields.Time;
                    break;
                case 15:
                    failed = Number(fields.Content, field: 3) == 2;
                    break;
            }
        }

        into.Add(new OtlpSpan(service, source, trace, span, parent, name, kind, start, end, failed, Attributes(item, field: 9)));
    }

    private static void Log(ReadOnlySpan<byte> item, string service, string category, List<OtlpLog> into)
    {
        var (severity, body, trace) = (0, "", (string?)null);
        for (var fields = new ProtobufReader(item); fields.Next();)
        {
            switch (fields.Field)
            {
                case 2:
                    severity = (int)fields.Integer;
                    break;
                case 5:
                    body = Value(fields.Content);
                    break;
                case 9 when !fields.Content.IsEmpty:
                    trace = fields.Hex;
                    break;
            }
        }

        into.Add(new OtlpLog(service, category, severity, body, trace, Attributes(item, field: 6)));
    }

    private static void Metric(ReadOnlySpan<byte> item, string service, string meter, List<OtlpMeasurement> into)
    {
        const int Gauge = 5;
        const int Sum = 7;
        const int Histogram = 9;
        var name = Text(item, field: 1);
        var unit = Text(item, field: 3);
        for (var fields = new ProtobufReader(item); fields.Next();)
        {
            if (fields.Field is Gauge or Sum or Histogram)
            {
                for (var points = new ProtobufReader(fields.Content); points.Next();)
                {
                    if (points.Field == 1)
                    {
                        var (value, attributes) = fields.Field == Histogram ? HistogramPoint(points.Content) : NumberPoint(points.Content);
                        into.Add(new OtlpMeasurement(service, meter, name, unit, value, attributes));
                    }
                }
            }
        }
    }

    private static (double Value, Dictionary<string, string> Attributes) NumberPoint(ReadOnlySpan<byte> point)
    {
        var value = double.NaN;
        for (var fields = new ProtobufReader(point); fields.Next();)
        {
            value = fields.Field switch
            {
                4 => fields.Double,
                6 => fields.Integer,
                _ => value,
            };
        }

        return (value, Attributes(point, field: 7));
    }

    private static (double Count, Dictionary<string, string> Attributes) HistogramPoint(ReadOnlySpan<byte> point) =>
        (Number(point, field: 4), Attributes(point, field: 9));

    private static Dictionary<string, string> Attributes(ReadOnlySpan<byte> message, int field)
    {
        var attributes = new Dictionary<string, string>();
        for (var fields = new ProtobufReader(message); fields.Next();)
        {
            if (fields.Field == field)
            {
                var key = Text(fields.Content, field: 1);
                for (var pair = new ProtobufReader(fields.Content); pair.Next();)
                {
                    if (pair.Field == 2)
                    {
                        attributes[key] = Value(pair.Content);
                    }
                }
            }
        }

        return attributes;
    }

    // An AnyValue. Arrays and maps are not used by our tests.
    private static string Value(ReadOnlySpan<byte> any)
    {
        for (var fields = new ProtobufReader(any); fields.Next();)
        {
            switch (fields.Field)
            {
                case 1:
                    return fields.Text;
                case 2:
                    return fields.Integer != 0 ? "true" : "false";
                case 3:
                    return fields.Integer.ToString(CultureInfo.InvariantCulture);
                case 4:
                    return fields.Double.ToString(CultureInfo.InvariantCulture);
            }
        }

        return "";
    }

    private static string Text(ReadOnlySpan<byte> message, int field)
    {
        for (var fields = new ProtobufReader(message); fields.Next();)
        {
            if (fields.Field == field)
            {
                return fields.Text;
            }
        }

        return "";
    }

    private static long Number(ReadOnlySpan<byte> message, int field)
    {
        for (var fields = new ProtobufReader(message); fields.Next();)
        {
            if (fields.Field == field)
            {
                return fields.Integer;
            }
        }

        return 0;
    }
}
