using System.Threading.Channels;
using Cgh.Core.Runs;
using Cgh.Core.Store;
using Cgh.Trainer.Service;

namespace Cgh.Trainer.Tests.Service.Fakes;

/// <summary>An attempt without a process, controlled by the test.</summary>
internal sealed class FakeAttemptProcess(RunState run, TimeProvider clock) : IAttemptProcess
{
    private readonly Channel<AttemptEvent> _events = Channel.CreateUnbounded<AttemptEvent>();
    private readonly TaskCompletionSource<int> _exit = new();
    private long _lastOutput = clock.GetTimestamp();

    /// <summary>The run when the attempt started.</summary>
    public RunState Run => run;

    public DateTimeOffset Started { get; } = clock.GetUtcNow();

    public List<StopRequest> StopRequests { get; } = [];

    public bool IsHandedBack { get; private set; }

    public bool IsKilled { get; private set; }

    public ChannelReader<AttemptEvent> Events => _events.Reader;

    public string? LastError { get; set; }

    public TimeSpan SinceLastOutput => clock.GetElapsedTime(Volatile.Read(ref _lastOutput));

    public long MemoryBytes => 300_000_000;

    public void Report(AttemptEvent report)
    {
        Volatile.Write(ref _lastOutput, clock.GetTimestamp());
        _events.Writer.TryWrite(report);
    }

    /// <summary>Reports the outcome and exits.</summary>
    public void End(RunStatus status, string? error = null, bool isFinal = false)
    {
        Report(new AttemptEnded(status, error, Result: null, Seconds: 1) { IsFinal = isFinal });
        Exit(0);
    }

    public void Exit(int code)
    {
        _events.Writer.TryComplete();
        _exit.TrySetResult(code);
    }

    public void RequestStop(StopRequest request) => StopRequests.Add(request);

    public void HandBack() => IsHandedBack = true;

    public void Kill()
    {
        IsKilled = true;
        Exit(137);
    }

    public Task<int> WaitAsync(CancellationToken cancellationToken) => _exit.Task.WaitAsync(cancellationToken);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
