using Cgh.Core.Numpy;

namespace Cgh.Core.LabelQuality;

/// <summary>
/// The review of a report's suspects by any number of reviewers, and what they have decided. Decisions are on the disk before a method returns. Can be used
/// from several threads, and by several processes at once, each with an object of its own.
/// </summary>
public sealed class LabelReview
{
    private readonly Lock _lock = new();
    private readonly TimeProvider _clock;
    private readonly DecisionLog _log;

    // By index in the training split: what reviews need of the examples that are no suspects.
    private readonly int[] _given;
    private readonly int[] _suggested;
    private readonly Dictionary<int, LabelFinding> _suspects;

    // By example: the decisions that were not taken back, oldest first.
    private readonly Dictionary<int, List<LabelDecision>> _decisions = [];

    // What follows from them: a page asks for all after every key.
    private readonly Dictionary<int, LabelVerdict> _verdicts = [];
    private LabelDecision? _lastRead;
    private int _read;

    private LabelReview(string folder, LabelReport report, TimeProvider clock)
    {
        Folder = folder;
        Report = report.Info;
        Suspects = [.. report.Suspects];
        _clock = clock;
        _suspects = Suspects.ToDictionary(finding => finding.Index);
        _given = new int[report.Info.Examples];
        _suggested = new int[report.Info.Examples];
        foreach (var finding in report.Findings)
        {
            (_given[finding.Index], _suggested[finding.Index]) = (finding.Given, finding.Suggested);
        }

        _log = new DecisionLog(folder, report.Info, _given);
    }

    /// <summary>Whether a folder has decisions.</summary>
    public static bool HasDecisions(string folder) => File.Exists(Path.Combine(folder, DecisionLog.FileName));

    /// <summary>The report's folder.</summary>
    public string Folder { get; }

    /// <summary>The summary of the report.</summary>
    public LabelReportInfo Report { get; }

    /// <summary>The examples to review, most suspicious first.</summary>
    public IReadOnlyList<LabelFinding> Suspects { get; }

    /// <summary>Path of the file with the decisions.</summary>
    public string DecisionsPath => _log.Path;

    /// <summary>What was ignored or repaired in that file, in a sentence; null for nothing.</summary>
    public string? Notice
    {
        get
        {
            lock (_lock)
            {
                return _log.Notice;
            }
        }
    }

    /// <summary>Reads a report and the decisions on it.</summary>
    /// <exception cref="UserErrorException">The folder has no report, or a file is damaged or does not fit the others.</exception>
    public static LabelReview Open(string folder, TimeProvider clock)
    {
        var review = new LabelReview(folder, LabelReport.Read(folder), clock);
        review.Refresh();
        return review;
    }

    /// <summary>Reads the decisions that other processes have made.</summary>
    /// <returns>Whether there were any.</returns>
    /// <exception cref="UserErrorException">The file cannot be read or is damaged.</exception>
    public bool Refresh()
    {
        lock (_lock)
        {
            var hasChanged = _log.Read();
            TakeIn();
            return hasChanged;
        }
    }

    /// <summary>The label in question of a training example.</summary>
    public int Given(int index) => _given[index];

    /// <summary>The class that the report suggests for a training example.</summary>
    public int Suggested(int index) => _suggested[index];

    /// <summary>What the report says of a suspect; null for another example.</summary>
    public LabelFinding? Suspect(int index) => _suspects.GetValueOrDefault(index);

    /// <summary>What the reviewers of an example say together.</summary>
    public LabelVerdict Verdict(int index)
    {
        lock (_lock)
        {
            return _verdicts.GetValueOrDefault(index, LabelVerdict.Undecided);
        }
    }

    /// <summary>The decision of a reviewer about an example; null for none.</summary>
    public LabelDecision? Decision(int index, string reviewer)
    {
        lock (_lock)
        {
            return _decisions.GetValueOrDefault(index)?.FindLast(decision => decision.Reviewer == reviewer);
        }
    }

    /// <summary>The verdicts on all examples that anybody has decided, by index.</summary>
    public IReadOnlyList<(int Index, LabelVerdict Verdict)> Verdicts()
    {
        lock (_lock)
        {
            return [.. _verdicts.Select(pair => (pair.Key, pair.Value)).OrderBy(pair => pair.Key)];
        }
    }

    /// <summary>Saves a decision.</summary>
    /// <param name="index">The example.</param>
    /// <param name="reviewer">Name of the reviewer.</param>
    /// <param name="decision">Anything but <see cref="DecisionKind.Undo"/>.</param>
    /// <param name="label">The class index, for <see cref="DecisionKind.Other"/>.</param>
    /// <param name="overrules">Whether it counts instead of the earlier decisions of other reviewers.</param>
    /// <param name="isBlind">Whether the reviewer did not see the earlier decisions.</param>
    /// <exception cref="UserErrorException">The example, the label or the name is invalid, or the decision cannot be saved.</exception>
    public LabelDecision Decide(int index, string reviewer, DecisionKind decision, int? label = null, bool overrules = false, bool isBlind = false)
    {
        if (index < 0 || index >= Report.Examples)
        {
            throw UserErrorException.Usage($"There is no example {index}: the report has examples 0 to {Report.Examples - 1}.");
        }

        label = decision switch
        {
            DecisionKind.Accept => _suggested[index],
            DecisionKind.Keep => _given[index],
            DecisionKind.Unsure => null,
            DecisionKind.Other => label ?? throw UserErrorException.Usage("Choose the other class."),
            _ => throw new ArgumentOutOfRangeException(nameof(decision), decision, "Not a decision."),
        };
        if (label is < 0 || label >= Report.Classes.Count)
        {
            throw UserErrorException.Usage($"There is no class {label}: the classes are 0 to {Report.Classes.Count - 1}.");
        }

        return Append(new LabelDecision
        {
            Sequence = 0,
            Index = index,
            Reviewer = LabelDecision.CheckReviewer(reviewer),
            Decision = decision,
            Label = label,
            Overrules = overrules,
            Blind = isBlind,
            Time = _clock.GetUtcNow(),
            Labels = Report.LabelsSha256,
        });
    }

    /// <summary>Takes back a reviewer's last decision that was not taken back. What the reviewer had decided before about the example counts again.</summary>
    /// <param name="reviewer">Name of the reviewer.</param>
    /// <param name="among">The examples to consider; null for all.</param>
    /// <returns>The decision taken back; null if there is none.</returns>
    /// <exception cref="UserErrorException">This cannot be saved.</exception>
    public LabelDecision? Undo(string reviewer, IReadOnlySet<int>? among = null)
    {
        lock (_lock)
        {
            var last = _decisions.Where(decisions => among?.Contains(decisions.Key) != false)
                .Select(decisions => decisions.Value.FindLast(decision => decision.Reviewer == reviewer))
                .OfType<LabelDecision>()
                .MaxBy(decision => decision.Sequence);
            if (last is not null)
            {
                Append(last with
                {
                    Decision = DecisionKind.Undo,
                    Label = null,
                    Undone = last.Sequence,
                    Overrules = false,
                    Blind = false,
                    Time = _clock.GetUtcNow(),
                });
            }

            return last;
        }
    }

    /// <summary>
    /// Draws examples for a second review: some that others have decided and the reviewer has not, as things stood after decision <paramref name="upTo"/>. The
    /// same arguments give the same examples, so a sample survives the decisions made on it.
    /// </summary>
    /// <param name="reviewer">Name of the second reviewer.</param>
    /// <param name="count">Number of examples; fewer if there are not as many.</param>
    /// <param name="upTo">Number of a decision, such as <see cref="LastSequence"/>. It seeds the draw.</param>
    public IReadOnlyList<int> Sample(string reviewer, int count, int upTo)
    {
        lock (_lock)
        {
            var decisions = new Dictionary<int, List<LabelDecision>>();
            foreach (var entry in _log.Entries.Where(entry => entry.Sequence <= upTo))
            {
                TakeIn(decisions, entry);
            }

            int[] candidates =
            [
                .. decisions.Where(pair => pair.Value.Count > 0 && !pair.Value.Exists(decision => decision.Reviewer == reviewer))
                    .Select(pair => pair.Key)
                    .Order(),
            ];
            return [.. new RandomState((uint)upTo).Permutation(candidates.Length).Take(count).Select(at => candidates[at])];
        }
    }

    /// <summary>Number of the last decision; 0 before the first.</summary>
    public int LastSequence
    {
        get
        {
            lock (_lock)
            {
                return _log.Entries.Count > 0 ? _log.Entries[^1].Sequence : 0;
            }
        }
    }

    /// <summary>Compares each blind decision with the one before it by another reviewer.</summary>
    public ReviewAgreement Agreement()
    {
        lock (_lock)
        {
            var pairs = new List<(LabelDecision, LabelDecision)>();
            foreach (var decisions in _decisions.Values.Where(decisions => decisions.Exists(decision => decision.Blind)))
            {
                foreach (var second in decisions.Where(decision => decision.Blind).GroupBy(decision => decision.Reviewer).Select(blind => blind.Last()))
                {
                    if (decisions.FindLast(decision => decision.Sequence < second.Sequence && decision.Reviewer != second.Reviewer) is { } first)
                    {
                        pairs.Add((first, second));
                    }
                }
            }

            return ReviewAgreement.Of(pairs);
        }
    }

    /// <summary>The verdicts, with number and SHA-256 of the lines of decisions that they follow from.</summary>
    /// <exception cref="UserErrorException">The decisions cannot be read.</exception>
    internal (IReadOnlyList<(int Index, LabelVerdict Verdict)> Verdicts, int Lines, string Sha256) Snapshot()
    {
        lock (_lock)
        {
            Refresh();
            var (lines, sha256) = _log.Checksum();
            return (Verdicts(), lines, sha256);
        }
    }

    private LabelDecision Append(LabelDecision decision)
    {
        lock (_lock)
        {
            var saved = _log.Append(decision);
            TakeIn();
            return saved;
        }
    }

    private void TakeIn()
    {
        // The log has been read again from its start.
        if (_read > 0 && (_log.Entries.Count < _read || !ReferenceEquals(_log.Entries[_read - 1], _lastRead)))
        {
            _decisions.Clear();
            _verdicts.Clear();
            _read = 0;
        }

        for (; _read < _log.Entries.Count; _read++)
        {
            _lastRead = _log.Entries[_read];
            TakeIn(_decisions, _lastRead);
            if (Last(_lastRead.Index) is { Count: > 0 } last)
            {
                _verdicts[_lastRead.Index] = LabelVerdict.Of(last);
            }
            else
            {
                _verdicts.Remove(_lastRead.Index);
            }
        }
    }

    private static void TakeIn(Dictionary<int, List<LabelDecision>> all, LabelDecision entry)
    {
        if (!all.TryGetValue(entry.Index, out var decisions))
        {
            all[entry.Index] = decisions = [];
        }

        if (entry.Decision == DecisionKind.Undo)
        {
            decisions.RemoveAll(decision => decision.Sequence == entry.Undone && decision.Reviewer == entry.Reviewer);
        }
        else
        {
            decisions.Add(entry);
        }
    }

    // The last decision of each reviewer, oldest first.
    private List<LabelDecision> Last(int index)
    {
        var last = new List<LabelDecision>();
        foreach (var decision in _decisions.GetValueOrDefault(index) ?? [])
        {
            last.RemoveAll(other => other.Reviewer == decision.Reviewer);
            last.Add(decision);
        }

        return last;
    }
}
