using Cgh.Core;
using Cgh.Core.Files;
using Cgh.Core.LabelQuality;
using Cgh.Core.Runs;
using Cgh.Dashboard.Reports;
using Microsoft.Extensions.Caching.Memory;

namespace Cgh.Dashboard.Labels;

/// <summary>Finds the label reports in the data folder, and keeps those open that pages show. A dashboard on a machine without it has none.</summary>
/// <param name="files">The experiments' folders.</param>
/// <param name="data">Null if the host has no data folder.</param>
/// <param name="clock">The time of decisions.</param>
public sealed class LabelReviews(ReportFiles files, DataFolder? data, TimeProvider clock) : IDisposable
{
    private static readonly TimeSpan s_expiry = TimeSpan.FromMinutes(20);

    private readonly Lock _lock = new();
    private readonly MemoryCache _open = new(new MemoryCacheOptions());

    /// <summary>Whether a run's folder has a report.</summary>
    public bool Exists(RunId run) => FolderOf(run) is { } folder && LabelReport.Exists(folder);

    /// <summary>Opens the review of a run's report; null if there is no report.</summary>
    /// <exception cref="UserErrorException">A file is damaged, or the decisions do not fit the report.</exception>
    public OpenReview? Find(RunId run)
    {
        // The folder of an open review can be gone for a while.
        var key = run.ToString();
        lock (_lock)
        {
            var known = _open.Get<Entry>(key);
            var written = FolderOf(run) is { } folder && new FileInfo(Path.Combine(folder, LabelReport.Json)) is { Exists: true } file
                ? file.LastWriteTimeUtc
                : (DateTime?)null;
            if (known is not null && (written is null || written == known.Written))
            {
                return known.Review;
            }

            if (written is not { } time || data is null)
            {
                return null;
            }

            var review = new OpenReview(LabelReview.Open(FolderOf(run)!, clock), data);
            _open.Set(key, new Entry(review, time), new MemoryCacheEntryOptions { SlidingExpiration = s_expiry });
            return review;
        }
    }

    public void Dispose() => _open.Dispose();

    private string? FolderOf(RunId run) =>
        DataFolder.IsName(run.Name) && files.FolderOf(run.Experiment) is { } experiment ? Path.Combine(experiment, run.Name) : null;

    private sealed record Entry(OpenReview Review, DateTime Written);
}
