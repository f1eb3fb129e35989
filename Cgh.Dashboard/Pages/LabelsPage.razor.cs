using System.Globalization;
using Cgh.Core;
using Cgh.Core.LabelQuality;
using Cgh.Core.Runs;
using Cgh.Dashboard.Components;
using Cgh.Dashboard.Labels;
using Cgh.Dashboard.Live;
using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;

namespace Cgh.Dashboard.Pages;

/// <summary>The review of a report's suspicious labels. Each decision is on the disk before the page shows it.</summary>
public sealed partial class LabelsPage : ComponentBase, IAsyncDisposable
{
    /// <summary>Number of images on a page.</summary>
    public const int PageSize = 60;

    private const string PairKey = "pair";
    private const string KindKey = "kind";
    private const string MinKey = "min";
    private const string MaxKey = "max";
    private const string ShowKey = "show";
    private const string PageKey = "page";
    private const string AgainKey = "again";

    // An image of fewer pixels is shown larger than it is.
    private const int SmallSide = 96;
    private const int MaxPairs = 200;
    private const int DefaultSample = 20;

    private OpenReview? _open;
    private string? _listKey;
    private IReadOnlyList<int> _list = [];
    private IReadOnlyList<(int Given, int Suggested, int Count)> _pairs = [];
    private int _page;
    private int? _selected;
    private bool _isPickerOpen;
    private int _decided;
    private int _disputed;
    private int _changes;
    private ReviewAgreement? _agreement;

    private string? _reviewer;
    private string _name = $"reviewer-{Random.Shared.Next(0x10000):x4}";
    // Whether the browser has been asked for the name.
    private bool _isReviewerKnown;
    private bool _isRenaming;
    private int _sample = DefaultSample;

    // Why the report, the decisions or the images cannot be read at the moment.
    private string? _failure;
    private string? _error;
    private string _status = "";
    private int _recoveries;

    private FeedSubscription? _subscription;
    private bool _isDisposed;
    private ElementReference _root;
    private IJSObjectReference? _module;
    private IJSObjectReference? _keys;
    private DotNetObjectReference<LabelsPage>? _self;
    private int? _toFocus;
    private int? _toReveal;

    [Parameter]
    public string Experiment { get; set; } = "";

    [Parameter]
    public string Name { get; set; } = "";

    /// <summary>Given and suggested class, such as 3-5.</summary>
    [SupplyParameterFromQuery(Name = PairKey)]
    public string? Pair { get; set; }

    /// <summary>One of <see cref="ReviewFilter.Kinds"/>.</summary>
    [SupplyParameterFromQuery(Name = KindKey)]
    public string? Kind { get; set; }

    [SupplyParameterFromQuery(Name = MinKey)]
    public string? Min { get; set; }

    [SupplyParameterFromQuery(Name = MaxKey)]
    public string? Max { get; set; }

    /// <summary>One of <see cref="ReviewFilter.States"/>.</summary>
    [SupplyParameterFromQuery(Name = ShowKey)]
    public string? Show { get; set; }

    /// <summary>The page, from 1; by default that of the first undecided example.</summary>
    [SupplyParameterFromQuery(Name = PageKey)]
    public string? PageNumber { get; set; }

    /// <summary>A second review: the number of examples, and of the last decision before it.</summary>
    [SupplyParameterFromQuery(Name = AgainKey)]
    public string? Again { get; set; }

    [Inject]
    public required LabelReviews Reviews { get; init; }

    [Inject]
    public required RunFeed Feed { get; init; }

    [Inject]
    public required IJSRuntime Script { get; init; }

    [Inject]
    public required NavigationManager Navigation { get; init; }

    private RunId Run => new(Experiment, Name);

    private bool CanDecide => _reviewer is not null && RendererInfo.IsInteractive;

    private bool IsSmall => _open is { Side: > 0 and < SmallSide };

    private int Pages => Math.Max(1, (_list.Count + PageSize - 1) / PageSize);

    private IEnumerable<int> OnPage => _list.Skip(_page * PageSize).Take(PageSize);

    protected override void OnParametersSet()
    {
        Load();
        ShowList();
        if (RendererInfo.IsInteractive && !_isDisposed)
        {
            // Other reviewers and other processes decide, too; and a share comes back.
            _subscription ??= Feed.Subscribe(static _ => false, _ => InvokeAsync(Poll));
        }
    }

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        try
        {
            if (_module is null && _open is not null)
            {
                _module = await Script.InvokeAsync<IJSObjectReference>("import", "./js/review.js");
                _self = DotNetObjectReference.Create(this);
                _keys = await _module.InvokeAsync<IJSObjectReference>("attach", _root, _self);
                if (await _module.InvokeAsync<string?>("reviewer") is { Length: > 0 } stored)
                {
                    _reviewer = _name = stored;
                    ShowList();
                }

                _isReviewerKnown = true;
                StateHasChanged();
            }

            if (_keys is { } keys && _toFocus is { } index)
            {
                _toFocus = null;
                await keys.InvokeVoidAsync("focus", index);
            }

            if (_keys is { } shown && _toReveal is { } hidden)
            {
                _toReveal = null;
                await shown.InvokeVoidAsync("reveal", hidden);
            }
        }
        catch (JSDisconnectedException)
        {
            // The browser has left.
        }
    }

    /// <summary>A key of the legend, for an example.</summary>
    /// <returns>For an undo, the example on this page that it was about; else null.</returns>
    [JSInvokable]
    public int? Press(string key, int index)
    {
        int? undone = null;
        if (!CanDecide || _open?.Review.Suspect(index) is null)
        {
            return undone;
        }

        switch (key)
        {
            case "a":
                Decide(index, DecisionKind.Accept);
                break;
            case "Enter":
                Decide(index, DecisionKind.Keep);
                break;
            case "u":
                Decide(index, DecisionKind.Unsure);
                break;
            case "c":
                _selected = index;
                _isPickerOpen = true;
                break;
            case "z":
                Undo();
                (undone, _toFocus) = OnPage.Contains(_toFocus ?? -1) ? (_toFocus, null) : (undone, _toFocus);
                break;
            case "o" when CanOverrule(index):
                _selected = index;
                Overrule();
                break;
        }

        StateHasChanged();
        return undone;
    }

    /// <summary>A decision was made before its reviewer has given a name.</summary>
    [JSInvokable]
    public void MissName()
    {
        _error = "Nothing was decided: enter your name as a reviewer first.";
        StateHasChanged();
    }

    /// <summary>Turns pages.</summary>
    /// <param name="by">1 for the next page, -1 for the one before.</param>
    [JSInvokable]
    public void Turn(int by)
    {
        var to = Math.Clamp(_page + by, 0, Pages - 1);
        if (to != _page)
        {
            _selected = by > 0 ? _list[to * PageSize] : _list[Math.Min(_list.Count, (to + 1) * PageSize) - 1];
            _toFocus = _selected;
            GoTo((PageKey, (to + 1).ToString(CultureInfo.InvariantCulture)));
        }
    }

    public async ValueTask DisposeAsync()
    {
        _isDisposed = true;
        if (_subscription is { } subscription)
        {
            await subscription.DisposeAsync();
        }

        try
        {
            if (_keys is { } keys)
            {
                await keys.InvokeVoidAsync("detach");
                await keys.DisposeAsync();
            }

            if (_module is { } module)
            {
                await module.DisposeAsync();
            }
        }
        catch (JSDisconnectedException)
        {
            // The browser has left.
        }

        _self?.Dispose();
    }

    private void Poll()
    {
        Load();
        StateHasChanged();
    }

    // What is known stays when a share disappears.
    private void Load()
    {
        var wasAway = _failure is not null;
        try
        {
            if (Reviews.Find(Run) is { } found && found != _open)
            {
                _open = found;
                _listKey = null;
                _pairs =
                [
                    .. found.Review.Suspects.CountBy(suspect => (suspect.Given, suspect.Suggested))
                        .OrderByDescending(pair => pair.Value)
                        .Take(MaxPairs)
                        .Select(pair => (pair.Key.Given, pair.Key.Suggested, pair.Value)),
                ];
            }

            _open?.Review.Refresh();
            _failure = _open?.Check();
        }
        catch (UserErrorException error)
        {
            _failure = error.Message;
        }

        if (wasAway && _failure is null)
        {
            // Images that could not be loaded get an address that the browser has not tried.
            _recoveries++;
        }

        Count();
    }

    private void Count()
    {
        if (_open is null)
        {
            return;
        }

        var verdicts = _open.Review.Verdicts();
        var suspects = verdicts.Where(pair => _open.Review.Suspect(pair.Index) is not null).ToList();
        _decided = suspects.Count(pair => pair.Verdict.State is VerdictState.Decided or VerdictState.Unsure);
        _disputed = suspects.Count(pair => pair.Verdict.State == VerdictState.Disputed);
        _changes = verdicts.Count(pair => pair.Verdict.Label is { } label && label != _open.Review.Given(pair.Index));
        _agreement = _open.Review.Agreement();
    }

    // The list is made once for its filters: an example that no longer matches stays until they change, so that the grid does not move under the keys.
    private void ShowList()
    {
        if (_open is null)
        {
            return;
        }

        var filter = ReviewFilter.Parse(Pair, Kind, Min, Max, Show);
        var key = $"{Run} {filter} {Again} {(Again is not null || Show == ReviewFilter.UndecidedByMe ? _reviewer : "")}";
        var isNew = key != _listKey;
        if (isNew)
        {
            _listKey = key;
            _list = Again is not null
                ? Sample()
                :
                [
                    .. _open.Review.Suspects.Where(suspect => filter.Matches(suspect, _open.Review.Verdict(suspect.Index), _reviewer))
                        .Select(suspect => suspect.Index),
                ];
        }

        var at = -1;
        if (int.TryParse(PageNumber, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            _page = Math.Clamp(number - 1, 0, Pages - 1);
        }
        else if (isNew)
        {
            at = _list.Index().Where(item => !IsDecided(item.Item)).Select(item => item.Index).FirstOrDefault();
            _page = at / PageSize;
        }

        if (_selected is not { } selected || !OnPage.Contains(selected))
        {
            _selected = at >= 0 && _list.Count > 0
                ? _list[at]
                : OnPage.Cast<int?>().FirstOrDefault(index => !IsDecided(index!.Value)) ?? OnPage.Cast<int?>().FirstOrDefault();
            _isPickerOpen = false;
        }
    }

    private IReadOnlyList<int> Sample() => _reviewer is not null && Again!.Split('.') is [var count, var upTo]
        && int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out var examples)
        && int.TryParse(upTo, NumberStyles.None, CultureInfo.InvariantCulture, out var sequence)
        ? [.. _open!.Review.Sample(_reviewer, examples, sequence).Where(index => _open.Review.Suspect(index) is not null)]
        : [];

    private void ReviewAgain()
    {
        if (!CanDecide)
        {
            return;
        }

        var upTo = _open!.Review.LastSequence;
        if (_open.Review.Sample(_reviewer!, 1, upTo).Count == 0)
        {
            _error = $"There is nothing for {_reviewer} to review again: a second review needs decisions of another reviewer about examples that "
                + $"{_reviewer} has not decided.";
            return;
        }

        GoTo((AgainKey, string.Create(CultureInfo.InvariantCulture, $"{Math.Max(1, _sample)}.{upTo}")));
    }

    private void Select(int index)
    {
        if (_selected != index)
        {
            _selected = index;
            _isPickerOpen = false;
        }
    }

    private void OpenPicker(bool isOpen)
    {
        _isPickerOpen = isOpen;
        _toFocus = isOpen ? null : _selected;
    }

    private void DecideSelected((DecisionKind Decision, int? Label) decision)
    {
        if (_selected is { } index)
        {
            var fromPicker = _isPickerOpen;
            Decide(index, decision.Decision, decision.Label);
            // The picker's input, which had the focus, is gone. A button keeps it.
            _toFocus = fromPicker ? _selected : _toFocus;
            _toReveal = _selected;
        }
    }

    private void Overrule()
    {
        if (_selected is { } index && MineOf(index) is { } mine)
        {
            Decide(index, mine.Decision, mine.Label, overrules: true);
        }
    }

    private void Decide(int index, DecisionKind decision, int? label = null, bool overrules = false)
    {
        _isPickerOpen = false;
        Change(index, review =>
        {
            var saved = review.Decide(index, _reviewer!, decision, label, overrules, isBlind: Again is not null);
            _status = $"Example {index}: {ReviewText.Decision(saved, _open!.Classes)}. ";
            var at = _list.Index().Where(item => item.Item == index).Select(item => item.Index).FirstOrDefault(_list.Count);
            if (at + 1 < Math.Min(_list.Count, (_page + 1) * PageSize))
            {
                _selected = _list[at + 1];
            }
            else
            {
                Turn(1);
            }
        });
    }

    private void Undo() => Change(_selected, review =>
    {
        if (review.Undo(_reviewer!, Again is null ? null : _list.ToHashSet()) is not { } undone)
        {
            _status = "There is nothing to undo.";
            return;
        }

        _status = $"Undone: example {undone.Index}.";
        var at = _list.Index().Where(item => item.Item == undone.Index).Select(item => item.Index).FirstOrDefault(-1);
        if (at >= 0)
        {
            _selected = _toFocus = undone.Index;
            if (at / PageSize != _page)
            {
                GoTo((PageKey, ((at / PageSize) + 1).ToString(CultureInfo.InvariantCulture)));
            }
        }
    });

    private void Change(int? index, Action<LabelReview> change)
    {
        if (!CanDecide || _open is not { } open)
        {
            return;
        }

        try
        {
            change(open.Review);
            _error = null;
        }
        catch (UserErrorException error)
        {
            _error = index is { } failed ? $"Example {failed}: {error.Message}" : error.Message;
            _selected = _toFocus = index;
        }

        Count();
    }

    private async Task SaveReviewerAsync()
    {
        try
        {
            _reviewer = _name = LabelDecision.CheckReviewer(_name);
            _isRenaming = false;
            _error = null;
            ShowList();
            if (_module is { } module)
            {
                await module.InvokeVoidAsync("setReviewer", _reviewer);
            }
        }
        catch (UserErrorException error)
        {
            _error = error.Message;
        }
        catch (JSDisconnectedException)
        {
            // The browser has left.
        }
    }

    private LabelDecision? MineOf(int index) => _reviewer is null ? null : _open!.Review.Decision(index, _reviewer);

    private bool IsDecided(int index) => Again is null ? _open!.Review.Verdict(index).State != VerdictState.Undecided : MineOf(index) is not null;

    private bool CanOverrule(int index) =>
        Again is null && MineOf(index) is not null && _open!.Review.Verdict(index).State == VerdictState.Disputed;

    // In a second review the first decision is not shown.
    private LabelVerdict VerdictOf(int index) =>
        Again is null ? _open!.Review.Verdict(index) : LabelVerdict.Of(MineOf(index) is { } mine ? [mine] : []);

    private IReadOnlyList<LabelDecision> DecisionsOf(int index) => VerdictOf(index).Decisions;

    private ReviewCardModel CardOf(int index)
    {
        var suspect = _open!.Review.Suspect(index)!;
        var verdict = VerdictOf(index);
        return new ReviewCardModel(
            index,
            ImageUrl(index),
            IsSmall,
            _open.Classes[suspect.Given],
            _open.Classes[suspect.Suggested],
            ReviewText.Score(suspect.Score),
            suspect.Kind,
            verdict.State,
            ReviewText.Verdict(verdict, suspect.Given, _open.Classes),
            IsSelected: index == _selected);
    }

    private string ImageUrl(int index) =>
        PageUrls.LabelImage(Run, _open!.ImageVersion, index) + (_recoveries > 0 ? string.Create(CultureInfo.InvariantCulture, $"?retry={_recoveries}") : "");

    private void GoTo((string Key, string? Value) change)
    {
        // Another list starts at its first undecided example.
        var parameters = new Dictionary<string, object?> { [PageKey] = null, [change.Key] = string.IsNullOrEmpty(change.Value) ? null : change.Value };
        Navigation.NavigateTo(Navigation.GetUriWithQueryParameters(parameters), replace: true);
    }

    private static string? Text(ChangeEventArgs change) => change.Value?.ToString();
}
