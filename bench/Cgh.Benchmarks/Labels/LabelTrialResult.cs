using Cgh.Core.LabelQuality;

namespace Cgh.Benchmarks.Labels;

/// <summary>What a trial measured: <c>result.json</c> in its folder.</summary>
internal sealed record LabelTrialResult
{
    public required int Examples { get; init; }

    /// <summary>Number of wrong labels.</summary>
    public required int Wrong { get; init; }

    public required IReadOnlyList<MethodResult> Methods { get; init; }

    /// <summary>The automatic cut of each report, by the name of the method.</summary>
    public required IReadOnlyDictionary<string, CutResult> Cuts { get; init; }
}

/// <summary>A method and what it takes.</summary>
/// <param name="Name">Rule and score, such as <c>sgd aum</c>.</param>
/// <param name="Ranking">How well it finds wrong labels.</param>
/// <param name="Seconds">Processor seconds of its training, evaluations included.</param>
internal sealed record MethodResult(string Name, Ranking Ranking, double Seconds);

/// <summary>The automatic cut, its estimates, and the truth.</summary>
internal sealed record CutResult(LabelCut Cut, double Precision, double Recall);
