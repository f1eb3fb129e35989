using System.Collections.Concurrent;
using Cgh.Core.Messages;

namespace Cgh.Dashboard.Live;

/// <summary>Hands the progress of inspections to the pages that wait for them.</summary>
public sealed class InspectionFeed
{
    private readonly ConcurrentDictionary<Guid, Action<InspectionProgressed>> _waiting = new();

    /// <summary>Calls <paramref name="report"/> with the progress of an inspection until the result is disposed.</summary>
    public IDisposable Subscribe(Guid id, Action<InspectionProgressed> report)
    {
        _waiting[id] = report;
        return new Subscription(_waiting, id);
    }

    public void Publish(InspectionProgressed progress)
    {
        if (_waiting.TryGetValue(progress.Id, out var report))
        {
            report(progress);
        }
    }

    private sealed class Subscription(ConcurrentDictionary<Guid, Action<InspectionProgressed>> waiting, Guid id) : IDisposable
    {
        public void Dispose() => waiting.TryRemove(id, out _);
    }
}
