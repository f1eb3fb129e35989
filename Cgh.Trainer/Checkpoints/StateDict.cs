using System.Globalization;
using Cgh.Core;
using Cgh.Core.Pickles;

namespace Cgh.Trainer.Checkpoints;

/// <summary>
/// The tensors of a model in what a file holds: a dictionary of tensors at the top level or in dictionaries within it, or a whole module, also in
/// TorchScript, whose code is not needed.
/// </summary>
/// <param name="Tensors">The tensors by name.</param>
/// <param name="Choice">Which part of the file they are, in a sentence; null for all of it.</param>
internal sealed record StateDict(IReadOnlyDictionary<string, PickleTensor> Tensors, string? Choice)
{
    private const int MaxDepth = 6;
    private const int MaxModules = 100_000;
    private const int MaxNameLength = 1000;
    private const int MaxListed = 5;
    private const string Modules = "_modules";

    // After the names and before other keys: at the top level, tensors among other content are such as the best accuracy.
    private const int TopLevel = 100;
    private const int OtherKeys = 200;
    private const int OfOptimizer = 300;

    // The usual keys of a model, the likeliest first: averaged weights after those that were trained.
    private static readonly string[] s_keys =
    [
        "state_dict", "model_state_dict", "model_state", "model", "network", "net", "module", "generator", "weights", "params",
        "state_dict_ema", "ema_state_dict", "model_ema", "params_ema", "ema",
    ];

    /// <summary>Finds the tensors.</summary>
    /// <param name="root">What the pickle evaluates to.</param>
    /// <param name="refuse">Creates an exception from a reason.</param>
    public static StateDict Find(object? root, Func<string, UserErrorException> refuse)
    {
        var found = Candidates(root, refuse).OrderBy(candidate => candidate.Rank).ThenByDescending(candidate => candidate.Tensors.Count)
            .ThenBy(candidate => candidate.Path.Length).ToList();
        if (found is not [var best, ..])
        {
            throw refuse(root switch
            {
                Dictionary<string, object?> { Count: > 0 } dictionary => $"it has no tensors, only {Listed([.. dictionary.Keys])}",
                PickleObject { Type: { } type } => $"it holds an object of {type}, and no tensors",
                PickleTensor => "it holds a single tensor, without a name",
                _ => "it is not a dictionary of tensors",
            });
        }

        var others = found.Skip(1).Where(other => other.Rank < OfOptimizer && other.Rank != TopLevel).Select(other => other.Path).ToArray();
        var also = others.Length > 0 ? $"; it also has {Listed(others)}" : "";
        return new StateDict(best.Tensors, best.Path.Length == 0 ? null : $"The weights are those of {Listed([best.Path])}{also}.");
    }

    private static List<Candidate> Candidates(object? root, Func<string, UserErrorException> refuse)
    {
        var found = new List<Candidate>();
        var seen = new HashSet<object>(ReferenceEqualityComparer.Instance);
        var next = new Queue<(string Path, object? Value, int Depth, int Rank)>([("", root, 0, TopLevel)]);
        while (next.TryDequeue(out var at))
        {
            if (at.Value is null or PickleTensor || at.Depth > MaxDepth || !seen.Add(at.Value))
            {
                continue;
            }

            var module = at.Value is PickleObject made && IsModule(made) ? Module(made, refuse) : null;
            var entries = at.Value as Dictionary<string, object?> ?? (at.Value as PickleObject)?.Items ?? [];
            var tensors = module ?? entries.Where(entry => entry.Value is PickleTensor).ToDictionary(entry => entry.Key, entry => (PickleTensor)entry.Value!);
            if (tensors.Count > 0)
            {
                found.Add(new Candidate(at.Path, tensors, at.Rank));
            }

            foreach (var (key, value) in entries.Where(entry => entry.Key.Length <= MaxNameLength && entry.Value is not PickleTensor))
            {
                next.Enqueue((at.Path.Length == 0 ? key : $"{at.Path}.{key}", value, at.Depth + 1, Rank(key, at.Rank)));
            }
        }

        return found;
    }

    private static int Rank(string key, int outer) =>
        outer == OfOptimizer || key.StartsWith("optim", StringComparison.OrdinalIgnoreCase) ? OfOptimizer
        : Array.FindIndex(s_keys, known => known.Equals(key, StringComparison.OrdinalIgnoreCase)) is >= 0 and var index ? Math.Min(index, outer)
        : outer == TopLevel ? OtherKeys
        : outer;

    private static bool IsModule(PickleObject made) => made.State is Dictionary<string, object?> state
        && (state.ContainsKey(Modules) || made.Type?.Module.StartsWith("__torch__", StringComparison.Ordinal) == true);

    // As torch.nn.Module.state_dict. The attributes of a module in TorchScript are its tensors and modules themselves.
    private static Dictionary<string, PickleTensor> Module(PickleObject root, Func<string, UserErrorException> refuse)
    {
        var tensors = new Dictionary<string, PickleTensor>(StringComparer.Ordinal);
        var next = new Stack<(string Prefix, PickleObject Module)>([("", root)]);
        for (var modules = 0; next.TryPop(out var at); modules++)
        {
            if (at.Prefix.Length > MaxNameLength || modules == MaxModules)
            {
                throw refuse("its modules are nested too deeply");
            }

            var state = at.Module.State as Dictionary<string, object?> ?? [];
            var parts = state.ContainsKey(Modules) ? Part(state, "_parameters").Concat(Part(state, "_buffers")).Concat(Part(state, Modules)) : state;
            foreach (var (name, value) in parts.Where(part => part.Key.Length <= MaxNameLength))
            {
                if (value is PickleTensor tensor)
                {
                    tensors[at.Prefix + name] = tensor;
                }
                else if (value is PickleObject module)
                {
                    next.Push(($"{at.Prefix}{name}.", module));
                }
            }
        }

        return tensors;
    }

    private static Dictionary<string, object?> Part(Dictionary<string, object?> state, string name) =>
        state.GetValueOrDefault(name) as Dictionary<string, object?> ?? [];

    private static string Listed(IReadOnlyList<string> names)
    {
        var some = string.Join(", ", names.Take(MaxListed).Select(name => $"'{UserText.Shortened(name)}'"));
        return names.Count > MaxListed ? string.Create(CultureInfo.InvariantCulture, $"{some} and {names.Count - MaxListed} more") : some;
    }

    private sealed record Candidate(string Path, Dictionary<string, PickleTensor> Tensors, int Rank);
}
