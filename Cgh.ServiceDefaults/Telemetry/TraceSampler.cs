using System.Diagnostics;
using Cgh.Core.Messages;
using OpenTelemetry.Trace;

namespace Cgh.ServiceDefaults.Telemetry;

/// <summary>Follows the decision at the root of a trace, across the bus too; see <see cref="RootSampler"/>.</summary>
internal sealed class TraceSampler : Sampler
{
    // A page is rendered twice, on request and on its connection: each would be a trace beside that of the request. Blazor asks with the
    // request as parent and starts a root nevertheless.
    private const string Navigation = "Microsoft.AspNetCore.Components.Navigate";

    private readonly ParentBasedSampler _sampler = new(new RootSampler());

    public override SamplingResult ShouldSample(in SamplingParameters samplingParameters) =>
        samplingParameters.Name == Navigation ? new(SamplingDecision.Drop) : _sampler.ShouldSample(samplingParameters);

    /// <summary>
    /// Decides which spans may start a trace: a click, a request, a command or a message. A call to the run store may not, because services poll
    /// it, and neither may a progress event, which is published several times a second.
    /// </summary>
    private sealed class RootSampler : Sampler
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
}
