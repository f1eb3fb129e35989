using System.Diagnostics;
using Cgh.Core.Messages;
using OpenTelemetry.Trace;

namespace Cgh.ServiceDefaults.Telemetry;

/// <summary>
/// Decides which spans may start a trace: a click, a request, a command or a message. A call to the run store may not, because services poll it,
/// and neither may a progress event, which is published several times a second. A dropped span's children are dropped with it, across the bus too.
/// </summary>
internal sealed class RootSampler : Sampler
{
    // The end of MassTransit's span name; the transport adds a prefix.
    private static readonly string[] s_progressEvents =
        [.. new[] { typeof(RunProgressed), typeof(SetEvaluated), typeof(DatasetProgressed) }.Select(type => $"{type.Namespace}:{type.Name} send")];

    // A page is rendered twice, on request and on its connection: both would add a trace to that of the request.
    private const string Navigation = "Microsoft.AspNetCore.Components.Navigate";

    public override SamplingResult ShouldSample(in SamplingParameters samplingParameters)
    {
        var name = samplingParameters.Name;
        var isDropped = samplingParameters.Kind == ActivityKind.Client
            || name == Navigation
            || s_progressEvents.Any(suffix => name.EndsWith(suffix, StringComparison.Ordinal));
        return new(isDropped ? SamplingDecision.Drop : SamplingDecision.RecordAndSample);
    }
}
