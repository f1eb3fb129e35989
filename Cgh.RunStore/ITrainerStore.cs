using Cgh.Core.Store;

namespace Cgh.RunStore;

/// <summary>The trainer services that are alive.</summary>
public interface ITrainerStore
{
    /// <summary>Adds or updates a trainer, which is forgotten after 12 seconds without another report.</summary>
    Task ReportTrainerAsync(TrainerState trainer, CancellationToken cancellationToken = default);

    /// <summary>The trainers, by machine and start.</summary>
    Task<IReadOnlyList<TrainerState>> ListTrainersAsync(CancellationToken cancellationToken = default);
}
