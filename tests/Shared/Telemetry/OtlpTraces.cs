using System.Text.RegularExpressions;

namespace Cgh.Tests;

/// <summary>Assertions about the trace of a command.</summary>
internal static partial class OtlpTraces
{
    /// <summary>Asserts that a trace is one tree without failures, and without the reports that a run makes several times a second.</summary>
    public static void AssertComplete(IReadOnlyList<OtlpSpan> trace)
    {
        var ids = trace.Select(span => span.SpanId).ToHashSet();
        Xunit.Assert.Single(trace, span => span.ParentId is null);
        Xunit.Assert.All(trace, span => Xunit.Assert.True(
            (span.ParentId is null || ids.Contains(span.ParentId)) && !span.HasFailed && !Report().IsMatch(span.Name),
            $"{span.Name} {span.SpanId} in:{Environment.NewLine}{OtlpReceiver.Describe(trace)}"));
    }

    [GeneratedRegex("Progressed|SetEvaluated|BeatAsync")]
    private static partial Regex Report();
}
