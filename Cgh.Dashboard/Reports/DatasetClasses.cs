using System.Collections.Concurrent;
using Cgh.Core.Experiments;
using Cgh.Core.Files;
using Cgh.Reports;

namespace Cgh.Dashboard.Reports;

/// <summary>Numbers of classes, from which the accuracy of chance follows.</summary>
/// <param name="data">Null if the host has no data folder.</param>
public sealed class DatasetClasses(DataFolder? data)
{
    private readonly ConcurrentDictionary<string, int> _known = [];

    /// <summary>Number of classes of an experiment's dataset, which its subsets share; null if it is neither generated nor on this machine.</summary>
    public int? Of(Recipe recipe)
    {
        var name = recipe.Dataset.Name;
        if (recipe.Dataset.Demo is { } demo)
        {
            return demo.Classes;
        }

        if (data is null)
        {
            return null;
        }

        return _known.TryGetValue(name, out var known) ? known
            : ReportedDataset.Find(name, data.Dataset(name)).Classes is { } classes ? _known[name] = classes : null;
    }
}
