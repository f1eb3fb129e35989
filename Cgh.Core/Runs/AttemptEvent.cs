using System.Text.Json.Serialization;

namespace Cgh.Core.Runs;

/// <summary>
/// What an attempt's process tells its service: one JSON object a line on standard output, when started with
/// <c>--supervised</c>. The other way, a line <c>cancel</c> on standard input cancels the run, a line <c>pause</c> makes it write a checkpoint and put the run aside, and the end of
/// standard input (the service is gone or hands the run back) makes it write a checkpoint and leave.
/// </summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "event")]
[JsonDerivedType(typeof(AttemptStarted), "started")]
[JsonDerivedType(typeof(AttemptProgressed), "progressed")]
[JsonDerivedType(typeof(AttemptRows), "rows")]
[JsonDerivedType(typeof(AttemptAlive), "alive")]
[JsonDerivedType(typeof(AttemptEnded), "ended")]
public abstract record AttemptEvent;

/// <summary>Training begins, or goes on from a checkpoint.</summary>
/// <param name="Step">Steps done so far.</param>
/// <param name="TotalSteps">Steps of the whole run.</param>
/// <param name="Rows">Rows that each curve's CSV holds now; later ones were cut off with the progress that was lost.</param>
/// <param name="Environment">What it runs on.</param>
public sealed record AttemptStarted(long Step, long TotalSteps, IReadOnlyDictionary<string, int> Rows, RunEnvironment Environment) : AttemptEvent;

/// <summary>At most twice a second.</summary>
/// <param name="Epoch">Epochs done, with the part of the current one.</param>
/// <param name="Step">Steps done.</param>
/// <param name="TotalSteps">Steps of the whole run.</param>
/// <param name="Loss">Training loss of the last step, mean over its mini-batch.</param>
/// <param name="ImagesPerSecond">Training images a second since the last report, evaluations left out.</param>
/// <param name="InputWait">Share of the training time spent waiting for input, 0 to 1.</param>
/// <param name="SecondsLeft">Estimate for the rest of the run, evaluations included; null while unknown.</param>
public sealed record AttemptProgressed(double Epoch, long Step, long TotalSteps, double Loss, double ImagesPerSecond, double InputWait, double? SecondsLeft) : AttemptEvent;

/// <summary>New rows of a curve, the numbers of its CSV.</summary>
/// <param name="Curve">A name of <see cref="Curves"/>.</param>
/// <param name="First">Index of the first of them in the CSV, the header not counted.</param>
/// <param name="Rows">In the order of the CSV's columns.</param>
public sealed record AttemptRows(string Curve, int First, IReadOnlyList<double[]> Rows) : AttemptEvent;

/// <summary>The process runs, whatever it is at: said every few seconds.</summary>
public sealed record AttemptAlive : AttemptEvent;

/// <summary>The last line of an attempt.</summary>
/// <param name="Status">Completed, failed, cancelled, paused or interrupted.</param>
/// <param name="Error">One line when it failed.</param>
/// <param name="Result">Final figures when it completed.</param>
/// <param name="Seconds">Time that the run took over all attempts.</param>
public sealed record AttemptEnded(RunStatus Status, string? Error, IReadOnlyDictionary<string, EvaluationResult>? Result, double Seconds) : AttemptEvent
{
    /// <summary>It failed, and another attempt would fail the same way.</summary>
    public bool IsFinal { get; init; }

    /// <summary>A newer attempt has taken the run folder: this one's end is nobody's business.</summary>
    public bool IsSuperseded { get; init; }
}
