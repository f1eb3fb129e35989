using System.Text.Json.Serialization;

namespace Cgh.Core.Runs;

/// <summary>
/// A report of an attempt's process to its service: one JSON object per line on standard output, with <c>--supervised</c>. In the other
/// direction, the line <c>cancel</c> on standard input cancels the run and <c>pause</c> makes it write a checkpoint and stop. The end of
/// standard input (the service has exited or hands the run back) makes it write a checkpoint and exit.
/// </summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "event")]
[JsonDerivedType(typeof(AttemptStarted), "started")]
[JsonDerivedType(typeof(AttemptProgressed), "progressed")]
[JsonDerivedType(typeof(AttemptRows), "rows")]
[JsonDerivedType(typeof(AttemptAlive), "alive")]
[JsonDerivedType(typeof(AttemptEnded), "ended")]
public abstract record AttemptEvent;

/// <summary>Training has started, or resumed from a checkpoint.</summary>
/// <param name="Step">Steps completed.</param>
/// <param name="TotalSteps">Total steps of the run.</param>
/// <param name="Rows">Number of rows in each curve's CSV; rows after the checkpoint were truncated.</param>
/// <param name="Environment">Hardware and software.</param>
public sealed record AttemptStarted(long Step, long TotalSteps, IReadOnlyDictionary<string, int> Rows, RunEnvironment Environment) : AttemptEvent;

/// <summary>Progress, at most twice a second.</summary>
/// <param name="Epoch">Epochs completed, as a fraction.</param>
/// <param name="Step">Steps completed.</param>
/// <param name="TotalSteps">Total steps of the run.</param>
/// <param name="Loss">Mean training loss of the last mini-batch.</param>
/// <param name="ImagesPerSecond">Training images per second since the last report, without evaluations.</param>
/// <param name="InputWait">Share of the training time spent waiting for input, 0 to 1.</param>
/// <param name="SecondsLeft">Estimated time left, including evaluations; null while unknown.</param>
public sealed record AttemptProgressed(
    double Epoch,
    long Step,
    long TotalSteps,
    double Loss,
    double ImagesPerSecond,
    double InputWait,
    double? SecondsLeft) : AttemptEvent;

/// <summary>New rows of a curve, as in its CSV.</summary>
/// <param name="Curve">A name of <see cref="Curves"/>.</param>
/// <param name="First">Index of the first row in the CSV, not counting the header.</param>
/// <param name="Rows">Values in the order of the CSV's columns.</param>
public sealed record AttemptRows(string Curve, int First, IReadOnlyList<double[]> Rows) : AttemptEvent;

/// <summary>A periodic heartbeat.</summary>
public sealed record AttemptAlive : AttemptEvent;

/// <summary>The final report of an attempt.</summary>
/// <param name="Status">Completed, failed, cancelled, paused or interrupted.</param>
/// <param name="Error">The error in one line, if it failed.</param>
/// <param name="Result">Final results, if it completed.</param>
/// <param name="Seconds">Duration of the run over all attempts.</param>
public sealed record AttemptEnded(RunStatus Status, string? Error, IReadOnlyDictionary<string, EvaluationResult>? Result, double Seconds) : AttemptEvent
{
    /// <summary>A retry would fail the same way.</summary>
    public bool IsFinal { get; init; }

    /// <summary>A newer attempt has claimed the run folder; the outcome is ignored.</summary>
    public bool IsSuperseded { get; init; }
}
