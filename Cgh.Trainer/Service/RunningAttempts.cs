using System.Collections.Concurrent;
using Cgh.Core.Runs;
using Cgh.Core.Store;
using Microsoft.Extensions.Options;

namespace Cgh.Trainer.Service;

/// <summary>
/// The runs that this process holds. They outlive the messages they came with: when the broker goes away, its messages are
/// lost to us and come again, and the attempts go on.
/// </summary>
internal sealed class RunningAttempts(IOptions<TrainerOptions> options, IHostApplicationLifetime lifetime, TimeProvider clock) : IHostedService
{
    private readonly ConcurrentDictionary<RunId, HeldRun> _held = new();
    private readonly SemaphoreSlim _slots = new(options.Value.ConcurrentRuns);

    /// <summary>How many more runs could be trained here.</summary>
    public int FreeSlots => _slots.CurrentCount;

    public bool Holds(RunId run) => _held.ContainsKey(run);

    /// <summary>Waits for a slot; false when there is none in time.</summary>
    public async Task<bool> TakeSlotAsync(TimeSpan timeout, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(timeout, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            await _slots.WaitAsync(either.Token);
            return true;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    public void ReturnSlot() => _slots.Release();

    /// <summary>Begins work on a run, in a slot that was taken; false when this process is at it already.</summary>
    /// <param name="run">Which.</param>
    /// <param name="work">Trains it; its token is cancelled when the process is asked to end. The slot is returned after it.</param>
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
    /// Makes the caller's message the run's lease and waits until its work is over. False at once when this process is not at it, or when
    /// another message is its lease.
    /// </summary>
    /// <exception cref="OperationCanceledException">The message is lost; the work goes on unless the process ends, which is waited for.</exception>
    public async Task<bool> JoinAsync(RunId run, CancellationToken messageLost)
    {
        if (!_held.TryGetValue(run, out var held) || !held.Lease())
        {
            return false;
        }

        try
        {
            using var either = CancellationTokenSource.CreateLinkedTokenSource(messageLost);
            await Task.WhenAny(held.Work, Task.Delay(Timeout.InfiniteTimeSpan, either.Token));
            await either.CancelAsync();
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

    /// <summary>Asks the attempt at a run to stop, if it is one of this process.</summary>
    public void RequestStop(RunId run, StopRequest request)
    {
        if (_held.TryGetValue(run, out var held))
        {
            held.RequestStop(request);
        }
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Waits until every attempt has written its checkpoint and left.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        foreach (var held in _held.Values)
        {
            // How it ended is its message's business.
            await held.Work.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task WorkAsync(RunId run, HeldRun held, Func<HeldRun, CancellationToken, Task> work)
    {
        // The caller registers the work before it does anything.
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

/// <summary>A run that this process holds: what trains it at the moment, and whether a message is its lease.</summary>
internal sealed class HeldRun
{
    private readonly Lock _gate = new();
    private int _leases;
    private IAttemptProcess? _process;
    private StopRequest? _request;

    public Task Work { get; set; } = Task.CompletedTask;

    /// <summary>False when it has a lease.</summary>
    public bool Lease() => Interlocked.CompareExchange(ref _leases, 1, 0) == 0;

    public void EndLease() => Volatile.Write(ref _leases, 0);

    /// <summary>The process that stop requests go to from now on; one that came earlier goes to it at once.</summary>
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
