using Cgh.Core;
using Cgh.Dashboard.Live;
using Cgh.Dashboard.Reports;
using Microsoft.AspNetCore.Components;

namespace Cgh.Dashboard.Pages;

/// <summary>The report as HTML, or the reason why it cannot be read.</summary>
public sealed record ReportModel(MarkupString Html, IReadOnlyList<string> Files, string? Error = null);

/// <summary>The report of an experiment, with its figures.</summary>
public sealed partial class ReportPage : LivePage<ReportModel>
{
    [Parameter]
    public string Id { get; set; } = "";

    [Inject]
    public required ReportFiles Files { get; init; }

    protected override string Key => $"report {Id}";

    protected override Task<ReportModel?> LoadAsync(CancellationToken cancellationToken)
    {
        try
        {
            return Task.FromResult(Read());
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return Task.FromResult<ReportModel?>(new ReportModel(default, [], $"The report cannot be read: {UserText.FirstLine(error)}"));
        }
    }

    protected override bool IsAffectedBy(FeedChange change) => change.Experiment == Id;

    private ReportModel? Read()
    {
        if (Files.ReadText(Id) is not { } text)
        {
            return null;
        }

        var files = Files.List(Id);
        return new ReportModel(
            new MarkupString(ReportMarkdown.ToHtml(text, file => files.Contains(file) ? ReportFiles.Url(Id, file) : null)),
            files);
    }
}
