using System.Collections.Concurrent;
using Cgh.Core.Runs;
using Cgh.Core.Store;
using Microsoft.Extensions.Options;

namespace Cgh.Trainer.Service;

/// <summary>
/// The runs that this process holds. They outlive their messages: during a broker outage the attempts continue, and the messages are
/// redelivered afterwards.
/// </summary>
internal sealed class RunningAttempts(IOptions<TrainerOptions> options, IHostApplicationLifetime lifetime, TimeProvider clock) : IHostedService
{
    private readonly ConcurrentDictionary<RunId, HeldRun> _held = new();
    private readonly SemaphoreSlim _slots = new(options.Value.ConcurrentRuns);

    /// <summary>How many more runs this process can train.</summary>
    public int FreeSlots => _slots.CurrentCount;

    /// <summary>The runs that this process holds, in order of their names.</summary>
    public IReadOnlyList<RunId> Runs => [.. _held.Keys.OrderBy(run => $"{run}", StringComparer.Ordinal)];

    /// <summary>Resident memory of the attempts' processes, in bytes.</summary>
    public long MemoryBytes => _held.Values.Sum(held => held.MemoryBytes);

    public bool Holds(RunId run) => _held.ContainsKey(run);

    /// <summary>Waits for a free slot; false on timeout.</summary>
    public async Task<bool> TakeSlotAsync(TimeSpan timeout, CancellationToken cancellationToken)
    {
        using var timer = new CancellationTokenSource(timeout, clock);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellationToken);
        try
        {
            await _slots.WaitAsync(linked.Token);
            return true;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    public void ReturnSlot() => _slots.Release();

    /// <summary>Starts work on a run in a slot that was taken; false if this process already holds the run.</summary>
    /// <param name="run">The run.</param>
    /// <param name="work">Trains it; its token is cancelled on shutdown. The slot is returned afterwards.</param>
    public bool Begin(RunId run, Func<HeldRun, CancellationToken, Task> work)
    {
        var held = new HeldRun();
        if (!_held.TryAdd(run, held))
        {
            return false;
        }

        held.Work = WorkAsync(run, held, work);
        return true;
    }

    /// <summary>
    /// Makes the caller's message the lease of the run and waits until the work ends. False if this process does not hold the run, or if
    /// another message is its lease.
    /// </summary>
    /// <exception cref="OperationCanceledException">The message was lost; the work continues unless the process is stopping.</exception>
    public async Task<bool> JoinAsync(RunId run, CancellationToken messageLost)
    {
        if (!_held.TryGetValue(run, out var held) || !held.Lease())
        {
            return false;
        }

        try
        {
            using var linked = CancellationTokenSource.CreateLinkedTokenSource(messageLost);
            await Task.WhenAny(held.Work, Task.Delay(Timeout.InfiniteTimeSpan, linked.Token));
            await linked.CancelAsync();
            if (lifetime.ApplicationStopping.IsCancellationRequested)
            {
                await held.Work;
            }

            messageLost.ThrowIfCancellationRequested();
            await held.Work;
            return true;
        }
        finally
        {
            held.EndLease();
        }
    }

    /// <summary>Requests the attempt of a run to stop, if this process holds it.</summary>
    public void RequestStop(RunId run, StopRequest request)
    {
        if (_held.TryGetValue(run, out var held))
        {
            held.RequestStop(request);
        }
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Waits until every attempt has written its checkpoint and exited.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        foreach (var held in _held.Values)
        {
            // The consumer of its message handles the outcome.
            await held.Work.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task WorkAsync(RunId run, HeldRun held, Func<HeldRun, CancellationToken, Task> work)
    {
        // The caller registers the work before it starts.
        await Task.Yield();
        try
        {
            await work(held, lifetime.ApplicationStopping);
        }
        finally
        {
            _held.TryRemove(run, out _);
            _slots.Release();
        }
    }
}

/// <summary>A run that this process holds, with its current attempt and whether it has a lease.</summary>
internal sealed class HeldRun
{
    private readonly Lock _gate = new();
    private int _leases;
    private IAttemptProcess? _process;
    private StopRequest? _request;

    public Task Work { get; set; } = Task.CompletedTask;

    /// <summary>Resident memory of its process in bytes; 0 without one.</summary>
    public long MemoryBytes
    {
        get
        {
            lock (_gate)
            {
                return _process?.MemoryBytes ?? 0;
            }
        }
    }

    /// <summary>Takes the lease; false if it is taken.</summary>
    public bool Lease() => Interlocked.CompareExchange(ref _leases, 1, 0) == 0;

    public void EndLease() => Volatile.Write(ref _leases, 0);

    /// <summary>Sets the process that receives stop requests; a pending request is sent to it at once.</summary>
    public void Attach(IAttemptProcess? process)
    {
        lock (_gate)
        {
            _process = process;
            if (_request is { } request)
            {
                process?.RequestStop(request);
            }
        }
    }

    public void RequestStop(StopRequest request)
    {
        lock (_gate)
        {
            if (_request != request)
            {
                _request = request;
                _process?.RequestStop(request);
            }
        }
    }
}
