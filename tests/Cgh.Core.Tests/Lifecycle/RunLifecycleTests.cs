using Cgh.Core.Lifecycle;
using Cgh.Core.Runs;
using Cgh.Core.Store;
using Xunit;

namespace Cgh.Core.Tests.Lifecycle;

public sealed class RunLifecycleTests
{
    // After the phase the effects, in order: L lease released, T taken, Q StartRun sent, S the attempt is told to stop, R retried, E RunEnded published,
    // X the experiment is reopened.
    private static readonly TransitionGrid<RunPhase, RunTrigger> s_expected = new("""
                            Queued       Running      Pausing      Cancelling   Interrupted  Completed    Failed       Cancelled    Paused       Parked
    Cancel                  Cancelled:E  Cancelling:S Cancelling:S Cancelling:S Cancelled:E  -            -            -            Cancelled:E  Cancelled:E
    Pause                   Paused:E     Pausing:S    Pausing:S    Cancelling:S -            -            -            -            -            -
    Resume                  -            -            -            -            Queued:X     -            Queued:X     Queued:X     Queued:X     Queued:X
    Offer                   Queued:Q     -            -            -            -            -            -            -            -            -
    DatasetFails            Failed       -            -            -            -            -            -            -            -            -
    AttemptBegins           Running:T    Running:T    -            -            Running:T    -            -            -            -            -
    AttemptRecords          Queued       Running      Pausing      Cancelling   Interrupted  Completed    Failed       Cancelled    Paused       Parked
    AttemptProgresses       Running      Running      Pausing      Cancelling   Running      -            Running      Cancelling   Pausing      Running
    AttemptCompletes        Completed:LE Completed:LE Completed:LE Completed:LE Completed:LE Completed:LE Completed:LE Completed:LE Completed:LE Completed:LE
    AttemptCancels          Cancelled:LE Cancelled:LE Cancelled:LE Cancelled:LE Cancelled:LE Completed:LE Failed:LE    Cancelled:LE Cancelled:LE Cancelled:LE
    AttemptPauses           Paused:LE    Paused:LE    Paused:LE    Cancelled:LE Paused:LE    Completed:LE Failed:LE    Cancelled:LE Paused:LE    Parked:LE
    AttemptIsInterrupted    Queued:R     Queued:R     Paused:LE    Cancelled:LE Queued:R     Completed:LE Failed:LE    Cancelled:LE Paused:LE    Parked:LE
    AttemptFails            Queued:R     Queued:R     Paused:LE    Cancelled:LE Queued:R     Completed:LE Failed:LE    Cancelled:LE Paused:LE    Parked:LE
    AttemptFailsTooOften    Parked:LE    Parked:LE    Parked:LE    Cancelled:LE Parked:LE    Completed:LE Failed:LE    Cancelled:LE Paused:LE    Parked:LE
    AttemptFailsPermanently Failed:LE    Failed:LE    Failed:LE    Failed:LE    Failed:LE    Completed:LE Failed:LE    Cancelled:LE Paused:LE    Parked:LE
    TrainerHandsBack        Queued:L     Queued:L     Paused:LE    Cancelled:LE Queued:L     Completed:LE Failed:LE    Cancelled:LE Paused:LE    Parked:LE
    TrainerIsLost           -            Queued:LQ    Paused:LE    Cancelled:LE -            -            -            -            -            -
    """);

    private static readonly DateTimeOffset s_now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
    private static readonly RetryPolicy s_retry = new(MaxFailures: 3, RetryAfter: TimeSpan.FromSeconds(2), MaxRetryAfter: TimeSpan.FromMinutes(10));

    private static readonly RunState s_run = new()
    {
        Id = new RunId("demo-1", "rm3"),
        Spec = new RunSpec { Name = "rm3", Dataset = "demo", LearningRate = 0.04, Epochs = 5 },
        Queued = s_now.AddHours(-1),
        Status = RunStatus.Running,
        Attempt = 4,
        TotalSteps = 50,
    };

    public static TheoryData<RunPhase, RunTrigger> Pairs => TransitionGrid<RunPhase, RunTrigger>.All;

    public static TheoryData<RunPhase, RunTrigger> PairsOfAttempts => Where(happened => happened.FromAttempt is not null);

    public static TheoryData<RunPhase, RunTrigger> PairsOfEnds => Where(happened => happened is AttemptConcluded or RunHandedBack);

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Apply_EveryPhaseAndTrigger_IsAsInTheTable(RunPhase phase, RunTrigger trigger)
    {
        var expected = s_expected[phase, trigger];
        var run = In(phase);
        var happened = Event(trigger);
        Assert.Equal(trigger, RunLifecycle.Trigger(run, happened));

        var transition = RunLifecycle.Apply(run, happened, s_now);

        Assert.Equal(expected, transition.IsAllowed ? Describe(transition) : "-");
        if (!transition.IsAllowed)
        {
            Assert.Same(run, transition.State);
            Assert.StartsWith("it ", transition.Refusal, StringComparison.Ordinal);
            Assert.Empty(transition.Effects);
        }
    }

    [Theory]
    [MemberData(nameof(PairsOfAttempts))]
    public void Apply_EventOfASupersededAttempt_IsRefused(RunPhase phase, RunTrigger trigger)
    {
        var happened = Event(trigger);
        var newer = In(phase) with { Attempt = 5 };

        var transition = RunLifecycle.Apply(newer, happened, s_now);

        Assert.Equal("its newest attempt is 5, not 4", transition.Refusal);
        Assert.Same(newer, transition.State);
    }

    [Theory]
    [MemberData(nameof(PairsOfEnds))]
    public void Apply_TheSameEndAgain_ChangesNothingMore(RunPhase phase, RunTrigger trigger)
    {
        // An answer that was lost on the way makes the store ask again.
        var happened = Event(trigger);
        var once = RunLifecycle.Apply(In(phase), happened, s_now);

        var again = RunLifecycle.Apply(once.State!, happened, s_now);

        Assert.Equal((once.State!.Status, once.State.Failures, once.State.Error), (again.State!.Status, again.State.Failures, again.State.Error));
    }

    [Theory]
    [InlineData(RunCommand.Cancel, "Queued Running Pausing Interrupted Paused Parked")]
    [InlineData(RunCommand.Pause, "Queued Running")]
    [InlineData(RunCommand.Resume, "Interrupted Failed Cancelled Paused Parked")]
    public void WouldChange_EveryPhase_IsTrueWhereTheCommandHasAnEffect(RunCommand command, string phases) => Assert.Equal(
        phases.Split(' ').Select(Enum.Parse<RunPhase>), Enum.GetValues<RunPhase>().Where(phase => In(phase).WouldChange(command)));

    [Fact]
    public void CanResume_EveryPhase_AgreesWithTheTable() => Assert.All(
        Enum.GetValues<RunPhase>(), phase => Assert.Equal(In(phase).WouldChange(RunCommand.Resume), In(phase).Status.CanResume()));

    [Theory]
    [InlineData(RunCommand.Resume, RunPhase.Queued, "it is already queued")]
    [InlineData(RunCommand.Resume, RunPhase.Running, "it is running")]
    [InlineData(RunCommand.Resume, RunPhase.Completed, "it has completed")]
    [InlineData(RunCommand.Resume, RunPhase.Cancelling, "it is being cancelled")]
    [InlineData(RunCommand.Pause, RunPhase.Paused, "it is already paused")]
    [InlineData(RunCommand.Pause, RunPhase.Parked, "it is parked")]
    [InlineData(RunCommand.Cancel, RunPhase.Cancelled, "it is already cancelled")]
    public void Apply_RefusedCommand_SaysWhy(RunCommand command, RunPhase phase, string expected) =>
        Assert.Equal(expected, RunLifecycle.Apply(In(phase), new RunCommanded(command), s_now).Refusal);

    [Theory]
    [InlineData(RunCommand.Cancel)]
    [InlineData(RunCommand.Pause)]
    [InlineData(RunCommand.Resume)]
    public void Apply_CommandToARunThatIsTrainedElsewhere_IsRefusedAndNotOffered(RunCommand command)
    {
        var run = In(RunPhase.Running) with { Elsewhere = "process 12 on lab" };

        Assert.Equal("process 12 on lab trains it; stop it there", RunLifecycle.Apply(run, new RunCommanded(command), s_now).Refusal);
        Assert.False(run.WouldChange(command));
    }

    [Fact]
    public void Apply_AttemptBegins_TakesTheNextNumberAboveStoreAndFolder()
    {
        var queued = In(RunPhase.Queued) with { Error = "It failed.", Ended = s_now };

        var fromStore = RunLifecycle.Apply(queued, new AttemptBegun("here", "a", Above: 2), s_now).State!;
        var fromFolder = RunLifecycle.Apply(queued, new AttemptBegun("here", "a", Above: 7), s_now).State!;

        Assert.Equal((5, 8), (fromStore.Attempt, fromFolder.Attempt));
        Assert.Equal(
            ("here", "a", s_now, s_now, null, null),
            (fromStore.Host, fromStore.Holder, fromStore.Started, fromStore.AttemptStarted, fromStore.Error, fromStore.Ended));
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData("a", null)]
    [InlineData("b", "another trainer holds it")]
    public void Apply_AttemptBegins_OnlyTheHolderMay(string? holder, string? refusal) =>
        Assert.Equal(refusal, RunLifecycle.Apply(In(RunPhase.Running) with { Holder = holder }, new AttemptBegun("here", "a", Above: 0), s_now).Refusal);

    [Fact]
    public void Apply_TrainerIsLostButItsHeartbeatCameBack_IsRefused() =>
        Assert.Equal("its trainer is alive", RunLifecycle.Apply(In(RunPhase.Running) with { Holder = "a" }, new TrainerLost(4), s_now).Refusal);

    [Theory]
    [InlineData(0, false, true, RunPhase.Queued, 1, 2)]
    [InlineData(1, false, true, RunPhase.Queued, 2, 4)]
    [InlineData(2, false, true, RunPhase.Parked, 3, null)]
    [InlineData(2, true, true, RunPhase.Queued, 1, 2)]
    [InlineData(2, false, false, RunPhase.Queued, 0, 2)]
    public void Apply_AttemptFails_CountsWaitsTwiceAsLongAndParks(
        int before,
        bool madeProgress,
        bool isFolderThere,
        RunPhase phase,
        int failures,
        int? secondsToWait)
    {
        var failed = new AttemptConcluded(
            4,
            new AttemptEnded(RunStatus.Failed, "The disk is full.", Result: null, Seconds: 1),
            madeProgress,
            isFolderThere,
            s_retry);

        var transition = RunLifecycle.Apply(In(RunPhase.Running) with { Failures = before }, failed, s_now);

        Assert.Equal((phase, failures, "The disk is full."), (transition.State!.Phase(), transition.State!.Failures, transition.State!.Error));
        Assert.Equal(secondsToWait, transition.Effects.OfType<RetryAttempt>().SingleOrDefault()?.Delay.TotalSeconds);
    }

    [Fact]
    public void Apply_AttemptIsInterrupted_IsFollowedByAnotherAtOnceAndForgetsFailures()
    {
        var transition = RunLifecycle.Apply(In(RunPhase.Running) with { Failures = 2 }, Event(RunTrigger.AttemptIsInterrupted), s_now);

        Assert.Equal((0, TimeSpan.Zero), (transition.State!.Failures, transition.Effects.OfType<RetryAttempt>().Single().Delay));
    }

    [Fact]
    public void Apply_TrainerHandsBack_KeepsTheFailuresAndForgetsTheError()
    {
        var state = RunLifecycle.Apply(In(RunPhase.Running) with { Failures = 2, Error = "It failed." }, new RunHandedBack(4), s_now).State!;

        Assert.Equal((RunStatus.Queued, 2, null, s_now), (state.Status, state.Failures, state.Error, state.Offered));
    }

    [Fact]
    public void Apply_AttemptCompletes_HoldsItsFinalFigures()
    {
        var result = new Dictionary<string, EvaluationResult> { [Curves.Test] = new(10, 0.5, 80, 99) };

        var transition = RunLifecycle.Apply(
            In(RunPhase.Running) with { SecondsLeft = 3, Step = 40, Epoch = 4.2 },
            new AttemptConcluded(
                4,
                new AttemptEnded(RunStatus.Completed, Error: null, result, Seconds: 9),
                MadeProgress: true,
                IsFolderAvailable: true,
                s_retry),
            s_now);

        var state = transition.State!;
        Assert.Equal((50, 5.0, null, s_now), (state.Step, state.Epoch, state.SecondsLeft, state.Ended));
        Assert.Same(result, state.Latest);
        Assert.Equal(new PublishRunEnded(s_run.Id, 4, RunStatus.Completed, Error: null), transition.Effects[^1]);
    }

    [Fact]
    public void Apply_Resume_ForgetsErrorFailuresAndOffer()
    {
        var parked = In(RunPhase.Parked) with { Failures = 3, LastFailure = 4, Error = "It failed.", Offered = s_now, Ended = s_now };

        var state = RunLifecycle.Apply(parked, new RunCommanded(RunCommand.Resume), s_now).State!;

        Assert.Equal((0, 0, null, null, null, s_now), (state.Failures, state.LastFailure, state.Error, state.Offered, state.Ended, state.Queued));
    }

    [Fact]
    public void Apply_ReportsOfAnAttempt_AllChangeTheFigures()
    {
        AttemptEvent[] reports =
        [
            new AttemptProgressed(Epoch: 1.5, Step: 15, TotalSteps: 50, Loss: 0.25, ImagesPerSecond: 100, InputWait: 0.1, SecondsLeft: 7),
            new AttemptRows(Curves.Test, 3, [[1, 10, 0.5, 80, 99]]),
            new AttemptRows(Curves.Train, 3, [[1, 10, 20, 0.5]]),
            new AttemptAlive(),
        ];

        var state = RunLifecycle.Apply(In(RunPhase.Queued) with { Error = "It failed." }, new AttemptReported(4, "there", reports), s_now).State!;

        Assert.Equal((RunStatus.Running, "there", 15, 0.25, 7.0, null), (state.Status, state.Host, state.Step, state.Loss, state.SecondsLeft, state.Error));
        Assert.Equal(new EvaluationResult(10, 0.5, 80, 99), Assert.Single(state.Latest).Value);
        Assert.Equal(new BestResult(1, 80), Assert.Single(state.Best).Value);
    }

    [Fact]
    public void Apply_Evaluations_TheFirstOfTheHighestIsTheBest()
    {
        AttemptEvent[] reports =
        [
            new AttemptRows(Curves.Test, 0, [[0, 10, 4.6, 1, 5], [1, 10, 0.5, 80, 99]]),
            new AttemptRows(Curves.Test, 2, [[2, 10, 0.5, 80, 99], [3, 10, 0.6, 75, 99]]),
        ];

        var state = RunLifecycle.Apply(In(RunPhase.Running), new AttemptReported(4, "there", reports), s_now).State!;

        Assert.Equal((75, new BestResult(1, 80)), (state.Latest[Curves.Test].Acc1, state.Best[Curves.Test]));
    }

    private static TheoryData<RunPhase, RunTrigger> Where(Func<RunEvent, bool> holds) =>
        [.. from phase in Enum.GetValues<RunPhase>() from trigger in Enum.GetValues<RunTrigger>() where holds(Event(trigger)) select (phase, trigger)];

    private static RunState In(RunPhase phase) => s_run with
    {
        Status = phase is RunPhase.Pausing or RunPhase.Cancelling ? RunStatus.Running : Enum.Parse<RunStatus>(phase.ToString()),
        StopRequest = phase switch
        {
            RunPhase.Pausing => StopRequest.Pause,
            RunPhase.Cancelling => StopRequest.Cancel,
            _ => null,
        },
    };

    private static RunEvent Event(RunTrigger trigger) => trigger switch
    {
        RunTrigger.Cancel => new RunCommanded(RunCommand.Cancel),
        RunTrigger.Pause => new RunCommanded(RunCommand.Pause),
        RunTrigger.Resume => new RunCommanded(RunCommand.Resume),
        RunTrigger.Offer => new RunOffered(),
        RunTrigger.DatasetFails => new DatasetFailed("No images."),
        RunTrigger.AttemptBegins => new AttemptBegun("here", "a", Above: 0),
        RunTrigger.AttemptRecords => new AttemptReported(4, "here", [new AttemptStarted(10, 50, new Dictionary<string, int>(), Environment())]),
        RunTrigger.AttemptProgresses => new AttemptReported(4, "here", [new AttemptProgressed(1, 10, 50, 0.5, 100, 0, null)]),
        RunTrigger.AttemptCompletes => Concluded(RunStatus.Completed),
        RunTrigger.AttemptCancels => Concluded(RunStatus.Cancelled),
        RunTrigger.AttemptPauses => Concluded(RunStatus.Paused),
        RunTrigger.AttemptIsInterrupted => Concluded(RunStatus.Interrupted),
        RunTrigger.AttemptFails => Concluded(RunStatus.Failed),
        RunTrigger.AttemptFailsTooOften => Concluded(RunStatus.Failed, maxFailures: 1),
        RunTrigger.AttemptFailsPermanently => Concluded(RunStatus.Failed, isFinal: true),
        RunTrigger.TrainerHandsBack => new RunHandedBack(4),
        RunTrigger.TrainerIsLost => new TrainerLost(4),
        _ => throw new ArgumentOutOfRangeException(nameof(trigger), trigger, "A trigger without an event: add one, and a row above."),
    };

    private static AttemptConcluded Concluded(RunStatus status, bool isFinal = false, int maxFailures = 3) => new(
        4,
        new AttemptEnded(status, status == RunStatus.Failed ? "The disk is full." : null, Result: null, Seconds: 1) { IsFinal = isFinal },
        MadeProgress: false,
        IsFolderAvailable: true,
        s_retry with { MaxFailures = maxFailures });

    private static RunEnvironment Environment() => null!;

    private static string Describe(Transition<RunState> transition)
    {
        var effects = string.Concat(transition.Effects.Select(effect => effect switch
        {
            ReleaseLease => 'L',
            TakeLease => 'T',
            SendStartRun => 'Q',
            StopAttempt stop => stop.Request == transition.State!.StopRequest ? 'S' : '?',
            RetryAttempt => 'R',
            PublishRunEnded ended => ended.Status == transition.State!.Status ? 'E' : '?',
            ReopenExperiment => 'X',
            _ => '?',
        }));
        return effects.Length == 0 ? $"{transition.State!.Phase()}" : $"{transition.State!.Phase()}:{effects}";
    }
}
