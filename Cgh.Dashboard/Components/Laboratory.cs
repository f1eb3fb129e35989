using Cgh.Core.Files;
using Cgh.RunStore;

namespace Cgh.Dashboard.Components;

/// <summary>What the dashboard belongs to.</summary>
/// <param name="Data">The data folder; null on a machine without.</param>
/// <param name="Broker">The broker; null with the in-memory bus.</param>
public sealed record Laboratory(DataFolder? Data, IBrokerStatus? Broker)
{
    /// <summary>The short name, for the header of every page.</summary>
    public string Name => Data is null ? Environment.MachineName : $"{Path.GetFileName(Data.Root).Visible()} on {Environment.MachineName}";
}
