using Cgh.Core;
using Cgh.Core.Datasets;
using Cgh.Core.Experiments;
using Cgh.Core.LabelQuality;
using Cgh.Core.Runs;
using Cgh.Dashboard.Components;
using Cgh.Dashboard.Live;
using Cgh.RunStore;
using Microsoft.AspNetCore.Components;

namespace Cgh.Dashboard.Labels;

/// <summary>The label sets that were made from a review, and what was trained on them.</summary>
/// <param name="Rows">One for each label set, newest first.</param>
/// <param name="Names">Names of all label sets of the dataset.</param>
/// <param name="Failure">Why this cannot be read at the moment; null if it can.</param>
public sealed record CorrectionsModel(IReadOnlyList<CorrectionRow> Rows, IReadOnlyList<string> Names, string? Failure = null);

/// <summary>A corrected label set.</summary>
/// <param name="Correction">What is recorded of it.</param>
/// <param name="Status">Status of the experiment that trains on it, in a word; empty without one.</param>
/// <param name="Before">Final test accuracy on the labels before the correction; null until there is one to compare with.</param>
/// <param name="After">Final test accuracy on the corrected labels.</param>
/// <param name="HasOwnBaseline">Whether the experiment also trained on the labels before the correction.</param>
public sealed record CorrectionRow(LabelCorrectionRecord Correction, string Status, double? Before, double? After, bool HasOwnBaseline);

/// <summary>Makes corrected label sets from the decisions, trains on them, and shows what that gains.</summary>
public sealed partial class Corrections : LivePage<CorrectionsModel>
{
    private const string DefaultName = "reviewed";

    private string? _name;
    private string? _error;
    private bool _isBusy;

    [Parameter, EditorRequired]
    public RunId Run { get; set; }

    [Parameter, EditorRequired]
    public required OpenReview Open { get; set; }

    /// <summary>Number of labels that the decisions change.</summary>
    [Parameter, EditorRequired]
    public int Changes { get; set; }

    [Inject]
    public required ExperimentSubmitter Submitter { get; init; }

    protected override string Key => $"corrections {Run}";

    private LabelReview Review => Open.Review;

    // The first name that is free.
    private string SetName => _name ?? Enumerable.Range(1, int.MaxValue)
        .Select(number => number == 1 ? DefaultName : $"{DefaultName}-{number}")
        .First(name => Model?.Names.Contains(name) != true);

    protected override async Task<CorrectionsModel?> LoadAsync(CancellationToken cancellationToken)
    {
        try
        {
            var rows = new List<CorrectionRow>();
            foreach (var correction in CorrectionHistory.Read(Review.Folder).Corrections.Reverse())
            {
                rows.Add(await RowAsync(correction, cancellationToken));
            }

            return new CorrectionsModel(rows, Open.LabelSetNames());
        }
        catch (Exception error) when (error is UserErrorException or IOException or UnauthorizedAccessException)
        {
            return new CorrectionsModel(Model?.Rows ?? [], Model?.Names ?? [], UserText.FirstLine(error));
        }
    }

    // Any experiment can be one that trains on corrected labels.
    protected override bool IsAffectedBy(FeedChange change) => Model?.Rows.Any(row => row.Correction.Experiment == change.Experiment) == true;

    private async Task<CorrectionRow> RowAsync(LabelCorrectionRecord correction, CancellationToken cancellationToken)
    {
        if (correction.Experiment is not { } experiment)
        {
            return new CorrectionRow(correction, "", null, null, HasOwnBaseline: false);
        }

        var state = await Store.FindExperimentAsync(experiment, cancellationToken);
        var (before, after) = Retraining.TestAccuracy(Review.Report, experiment, Open.Data);
        return new CorrectionRow(
            correction,
            state?.Status.ToString().ToLowerInvariant() ?? "",
            before,
            after,
            state?.Recipe.Runs.Any(run => run.Name == Retraining.Given) == true);
    }

    private Task ApplyAsync() => ActAsync(() =>
    {
        using var dataset = Open.OpenDataset();
        LabelCorrection.Apply(Review, dataset, SetName.Trim());
        _name = null;
        return Task.CompletedTask;
    });

    private Task TrainAsync(string labelSet) => ActAsync(async () =>
    {
        Recipe recipe;
        using (var dataset = Open.OpenDataset())
        {
            // Deleted or changed since: an error here instead of a failed run.
            _ = LabelSet.Load(dataset, labelSet);
            recipe = Retraining.RecipeFor(Review.Report, dataset, labelSet, Open.Data);
        }

        if (await GuardedAction.RunAsync(async token =>
        {
            var experiment = await Submitter.SubmitAsync(recipe, token);
            CorrectionHistory.SetExperiment(Review.Folder, labelSet, experiment);
        }) is { } failure)
        {
            throw new UserErrorException(failure);
        }
    });

    private async Task ActAsync(Func<Task> action)
    {
        // A second click can arrive before the disabled button is rendered.
        if (_isBusy)
        {
            return;
        }

        _isBusy = true;
        _error = null;
        try
        {
            await action();
        }
        catch (UserErrorException error)
        {
            _error = error.Message;
        }

        await ReloadAsync();
        _isBusy = false;
    }
}
