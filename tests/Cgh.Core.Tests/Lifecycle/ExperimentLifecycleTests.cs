using Cgh.Core.Experiments;
using Cgh.Core.Lifecycle;
using Cgh.Core.Runs;
using Cgh.Core.Store;
using Xunit;

namespace Cgh.Core.Tests.Lifecycle;

public sealed class ExperimentLifecycleTests
{
    // After the status the effect: O waiting runs are offered, W the report is written, E ExperimentEnded is published, X StartExperiment is sent.
    private static readonly TransitionGrid<ExperimentStatus, ExperimentTrigger> s_expected = new("""
                              Preparing      Running        Completed    Interrupted  Failed
        DatasetIsRequested    Preparing      Running        -            -            -
        DatasetArrives        Running:O      Running:O      -            -            -
        IsAbandoned           Failed:E       Failed:E       -            -            -
        SubmissionFails       Failed         -              -            -            -
        NoRunIsActive         Preparing:W    Running:W      -            -            -
        SomeRunIsActive       -              -              -            -            -
        EndsCompleted         Completed:E    Completed:E    -            -            -
        EndsInterrupted       Interrupted:E  Interrupted:E  -            -            -
        EndsFailed            Failed:E       Failed:E       -            -            -
        RunIsResumed          Preparing:X    Running:X      Preparing:X  Preparing:X  Preparing:X
        """);

    private static readonly DateTimeOffset s_now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    private static readonly ExperimentState s_experiment = new()
    {
        Id = "demo-1",
        Recipe = new Recipe { Name = "demo", Dataset = new DatasetRequest { Name = "demo" }, Runs = [] },
        Created = s_now.AddHours(-1),
    };

    public static TheoryData<ExperimentStatus, ExperimentTrigger> Pairs => TransitionGrid<ExperimentStatus, ExperimentTrigger>.All;

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Apply_EveryStatusAndTrigger_IsAsInTheTable(ExperimentStatus status, ExperimentTrigger trigger)
    {
        var expected = s_expected[status, trigger];
        var experiment = s_experiment with { Status = status };
        var happened = Event(trigger);
        Assert.Equal(trigger, ExperimentLifecycle.Trigger(happened));

        var transition = ExperimentLifecycle.Apply(experiment, happened, s_now);

        Assert.Equal(expected, transition.IsAllowed ? Describe(transition) : "-");
        if (!transition.IsAllowed)
        {
            Assert.Same(experiment, transition.State);
            Assert.NotEmpty(transition.Refusal);
            Assert.Empty(transition.Effects);
        }
    }

    [Fact]
    public void Apply_DatasetIsRequested_NotesWhenUnlessTheBusDidNotTakeIt()
    {
        Assert.Equal(s_now, ExperimentLifecycle.Apply(s_experiment, new DatasetRequested(WasSent: true), s_now).State!.Asked);
        Assert.Null(ExperimentLifecycle.Apply(s_experiment with { Asked = s_now }, new DatasetRequested(WasSent: false), s_now).State!.Asked);
    }

    [Theory]
    [InlineData(null, "1 of 2 runs did not complete.")]
    [InlineData("No report: the disk is full.", "1 of 2 runs did not complete. No report: the disk is full.")]
    public void Apply_ReportWritten_EndsWithTheReasonWhyThereIsNone(string? reportError, string expected)
    {
        var transition = ExperimentLifecycle.Apply(s_experiment, new ReportWritten([RunStatus.Completed, RunStatus.Paused], reportError), s_now);

        Assert.Equal((ExperimentStatus.Interrupted, expected, s_now), (transition.State!.Status, transition.State.Error, transition.State.Ended));
        Assert.Equal([new PublishExperimentEnded("demo-1", ExperimentStatus.Interrupted, expected)], transition.Effects);
    }

    [Fact]
    public void Apply_ReportWrittenOfACompleteExperiment_HasNoError() =>
        Assert.Null(ExperimentLifecycle.Apply(s_experiment, new ReportWritten([RunStatus.Completed], ReportError: null), s_now).State!.Error);

    [Fact]
    public void Apply_RunIsResumedWhenItIsOver_ForgetsHowItEnded()
    {
        var failed = s_experiment with { Status = ExperimentStatus.Failed, Error = "No images.", Ended = s_now, Asked = s_now };

        var state = ExperimentLifecycle.Apply(failed, new RunResumed(), s_now).State!;

        Assert.Equal((null, null, null), (state.Error, state.Ended, state.Asked));
    }

    [Fact]
    public void Apply_AbandonedWhileARunTrains_IsNotOver() => Assert.Equal(
        "some of its runs are queued or running",
        ExperimentLifecycle.Apply(s_experiment, new ExperimentAbandoned([RunStatus.Failed, RunStatus.Running], "No images."), s_now).Refusal);

    [Fact]
    public void Apply_RunsExaminedWhileOneIsQueued_SaysWhyItIsNotOver() => Assert.Equal(
        "some of its runs are queued or running",
        ExperimentLifecycle.Apply(s_experiment, new RunsExamined([RunStatus.Completed, RunStatus.Queued]), s_now).Refusal);

    private static ExperimentEvent Event(ExperimentTrigger trigger) => trigger switch
    {
        ExperimentTrigger.DatasetIsRequested => new DatasetRequested(WasSent: true),
        ExperimentTrigger.DatasetArrives => new DatasetArrived(),
        ExperimentTrigger.IsAbandoned => new ExperimentAbandoned([RunStatus.Failed, RunStatus.Completed], "No images."),
        ExperimentTrigger.SubmissionFails => new SubmissionFailed("The broker is away."),
        ExperimentTrigger.NoRunIsActive => new RunsExamined([RunStatus.Completed, RunStatus.Paused]),
        ExperimentTrigger.SomeRunIsActive => new RunsExamined([RunStatus.Completed, RunStatus.Running]),
        ExperimentTrigger.EndsCompleted => new ReportWritten([RunStatus.Completed, RunStatus.Completed], ReportError: null),
        ExperimentTrigger.EndsInterrupted => new ReportWritten([RunStatus.Completed, RunStatus.Cancelled], ReportError: null),
        ExperimentTrigger.EndsFailed => new ReportWritten([RunStatus.Parked, RunStatus.Completed], ReportError: null),
        ExperimentTrigger.RunIsResumed => new RunResumed(),
        _ => throw new ArgumentOutOfRangeException(nameof(trigger), trigger, "A trigger without an event: add one, and a row above."),
    };

    private static string Describe(Transition<ExperimentState> transition)
    {
        var effects = string.Concat(transition.Effects.Select(effect => effect switch
        {
            OfferWaitingRuns => 'O',
            WriteReport => 'W',
            PublishExperimentEnded ended => ended.Status == transition.State!.Status ? 'E' : '?',
            SendStartExperiment => 'X',
            _ => '?',
        }));
        return effects.Length == 0 ? $"{transition.State!.Status}" : $"{transition.State!.Status}:{effects}";
    }
}
