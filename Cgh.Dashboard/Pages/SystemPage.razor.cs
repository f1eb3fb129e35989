using System.Globalization;
using Cgh.Core;
using Cgh.Core.Store;
using Cgh.Dashboard.Components;
using Cgh.Dashboard.Live;
using Microsoft.AspNetCore.Components;

namespace Cgh.Dashboard.Pages;

/// <summary>What the laboratory runs on.</summary>
/// <param name="Trainers">The trainers, each with the runs that it holds.</param>
/// <param name="RejectedMessages">Number of rejected messages, at most 100.</param>
/// <param name="StoreTime">How long the run store took to list the trainers.</param>
/// <param name="BusFault">Why the broker accepts no messages, in a line; null if it does or if there is none.</param>
public sealed record SystemModel(
    IReadOnlyList<(TrainerState Trainer, IReadOnlyList<RunState> Runs)> Trainers, int RejectedMessages, TimeSpan StoreTime, string? BusFault);

/// <summary>Trainers, run store and message bus.</summary>
public sealed partial class SystemPage : LivePage<SystemModel>
{
    // A broker that is away must not keep the page from showing the rest.
    private static readonly TimeSpan s_brokerTimeout = TimeSpan.FromSeconds(1.5);

    [Inject]
    public required Laboratory Laboratory { get; init; }

    [Inject]
    public required TimeProvider Clock { get; init; }

    protected override string Key => "system";

    private string BusText =>
        Laboratory.Broker is null ? "in this process" : Model is null ? Format.None : Model.BusFault?.Visible() ?? "RabbitMQ accepts messages";

    private static string ProgramVersion => AssemblyVersion.Of(typeof(SystemPage).Assembly);

    protected override async Task<SystemModel?> LoadAsync(CancellationToken cancellationToken)
    {
        var asking = BusFaultAsync(cancellationToken);
        var started = Clock.GetTimestamp();
        var trainers = await Store.ListTrainersAsync(cancellationToken);
        var storeTime = Clock.GetElapsedTime(started);
        var runs = await Task.WhenAll(trainers.Select(trainer => RunsOfAsync(trainer, cancellationToken)));
        var rejected = await Store.ListRejectedMessagesAsync(cancellationToken: cancellationToken);
        return new SystemModel([.. trainers.Zip(runs)], rejected.Count, storeTime, await asking);
    }

    protected override bool IsAffectedBy(FeedChange change) => change.Experiment is not null || change.RejectedMessages;

    private async Task<IReadOnlyList<RunState>> RunsOfAsync(TrainerState trainer, CancellationToken cancellationToken)
    {
        var runs = await Task.WhenAll(trainer.Runs.Select(id => Store.FindRunAsync(id, cancellationToken)));
        return [.. runs.OfType<RunState>()];
    }

    private async Task<string?> BusFaultAsync(CancellationToken cancellationToken)
    {
        try
        {
            return Laboratory.Broker is { } broker ? await broker.FaultAsync(cancellationToken).WaitAsync(s_brokerTimeout, Clock, cancellationToken) : null;
        }
        catch (TimeoutException)
        {
            return $"RabbitMQ has not responded for {s_brokerTimeout.TotalSeconds.ToString(CultureInfo.InvariantCulture)} seconds.";
        }
    }

    private static string Hardware(TrainerState trainer)
    {
        var gpus = trainer.Gpus.CountBy(model => model).Select(gpu => gpu.Value == 1 ? gpu.Key : $"{gpu.Value} × {gpu.Key}");
        var cores = trainer.Processors == 1 ? "1 core" : $"{trainer.Processors} cores";
        return string.Join(", ", [cores, UserText.Bytes(trainer.AvailableMemory), .. gpus]).Visible();
    }

    private static string Milliseconds(TimeSpan time) => time.TotalMilliseconds.ToString("0.0", CultureInfo.InvariantCulture) + " ms";
}
