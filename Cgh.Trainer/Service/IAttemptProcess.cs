using System.Threading.Channels;
using Cgh.Core.Runs;
using Cgh.Core.Store;

namespace Cgh.Trainer.Service;

/// <summary>One attempt at a run, as the service sees it.</summary>
internal interface IAttemptProcess : IAsyncDisposable
{
    /// <summary>What the attempt reports, until it ends.</summary>
    ChannelReader<AttemptEvent> Events { get; }

    /// <summary>Last line that the attempt wrote to standard error.</summary>
    string? LastError { get; }

    /// <summary>Time since the process wrote anything at all.</summary>
    TimeSpan SinceLastOutput { get; }

    /// <summary>Asks the attempt to stop within one step.</summary>
    void RequestStop(StopRequest request);

    /// <summary>Makes the attempt write a checkpoint and leave: its standard input ends.</summary>
    void HandBack();

    /// <summary>Ends the process at once.</summary>
    void Kill();

    /// <summary>Waits until the process has left and all its output is read; returns its exit code.</summary>
    Task<int> WaitAsync(CancellationToken cancellationToken);
}

/// <summary>Starts attempts.</summary>
internal interface IAttemptLauncher
{
    /// <summary>Starts the attempt that <paramref name="run"/> has just begun.</summary>
    /// <exception cref="SupersededRunException">The run folder belongs to a newer attempt.</exception>
    IAttemptProcess Start(RunState run);
}

/// <summary>A newer attempt has begun: this one may write nothing more, and how it ends is of no interest.</summary>
internal sealed class SupersededRunException : Exception;
