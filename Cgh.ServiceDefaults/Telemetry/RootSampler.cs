using System.Diagnostics;
using Cgh.Core.Messages;
using OpenTelemetry.Trace;

namespace Cgh.ServiceDefaults.Telemetry;

/// <summary>
/// Decides which spans may start a trace: a click, a page, a command or a message. A call to the run store may not, because services poll it,
/// and neither may a progress event, which is published several times a second. A dropped span's children are dropped with it, across the bus too.
/// </summary>
internal sealed class RootSampler : Sampler
{
    // The end of MassTransit's span name; the transport adds a prefix.
    private static readonly string[] s_progressEvents =
        [.. new[] { typeof(RunProgressed), typeof(SetEvaluated), typeof(DatasetProgressed) }.Select(type => $"{type.Namespace}:{type.Name} send")];

    public override SamplingResult ShouldSample(in SamplingParameters samplingParameters)
    {
        var name = samplingParameters.Name;
        var isDropped = samplingParameters.Kind == ActivityKind.Client
            || s_progressEvents.Any(suffix => name.EndsWith(suffix, StringComparison.Ordinal));
        return new(isDropped ? SamplingDecision.Drop : SamplingDecision.RecordAndSample);
    }
}
