// What a browser has loaded of each network: its epochs, with their answers and maps, and what it lacks of them.

const MOST_STORIES = 4;
const MOST_QUESTIONS_PER_STORY = 12;
const MOST_WANTED = 60;
const stories = new Map(); // They outlive the component, which pages make again.

/** The story of a network in a language, as far as it is loaded. */
export function storyOf({ lang, key: network }) {
  const key = `${lang} ${network}`;
  const story = stories.get(key) ?? new Story();
  keepNewest(stories, key, story, MOST_STORIES);
  return story;
}

class Story {
  scene = null;
  active = true;
  checked = false; // The server was asked since the page last changed.
  browsed = false; // Somebody looks at other epochs, too.
  kept = [];
  planned = 0;
  changes = [];
  figures = [];
  moments = new Map();
  maps = new Map();
  answers = new Map();
  troubles = new Map();

  /** Whether the twenty and the map of an epoch can be shown. */
  isThere(epoch) {
    return this.moments.has(epoch) && (!this.scene?.map || this.maps.has(epoch));
  }

  isAnswered(epoch, question) {
    return this.troubles.has(question) || this.answersTo(question).has(epoch);
  }

  /** Whether there will be no more epochs. */
  get isComplete() {
    return this.scene && this.checked && !this.active;
  }

  answersTo(question) {
    const found = this.answers.get(question) ?? new Map();
    if (!this.answers.has(question)) keepNewest(this.answers, question, found, MOST_QUESTIONS_PER_STORY);
    return found;
  }

  /** What to ask the server for, the epochs next to the one that is shown first, and whether anything `lacks`. */
  lacking({ question, shown, following, typing }) {
    const near = (each) => Math.abs(each - shown);
    const live = this.active && following; // Epochs that were passed over can wait then.
    const order = live ? this.kept.slice(-1) : [...this.kept].sort((one, other) => near(one) - near(other));
    const costly = order.slice(0, this.browsed ? order.length : 1); // Answers and maps cost the server most.
    const wanted = order.filter((each) => !this.moments.has(each));
    const mapped = this.scene?.map ? costly.filter((each) => !this.maps.has(each)) : [];
    const asked = costly.slice(0, typing ? 1 : costly.length).filter((each) => !this.isAnswered(each, question));
    const [first, second, third] = [wanted, mapped, asked].map((epochs) => epochs.slice(0, MOST_WANTED));
    return {
      figures: this.figures.length, newest: this.kept[this.kept.length - 1] ?? -1,
      wanted: first, mapped: second, asked: third, ...(this.scene ? {} : { scene: "1" }),
      lacks: wanted.length + mapped.length + asked.length > 0,
    };
  }

  /** Keeps what the server found, and returns whether anything of it is new. */
  keep(found, question) {
    const { moments, maps, answers, figures } = found;
    const troubled = found.trouble && !this.troubles.has(question);
    const news = [moments, maps, answers, figures].some((each) => each.length);
    const changed = found.scene || found.active !== this.active || troubled;
    if (this.active && !found.active) this.answers.clear(); // Units are now arranged by the last epoch.
    if (found.scene) this.scene = found.scene;
    if (found.trouble) this.troubles.set(question, found.trouble);
    this.active = found.active;
    this.checked = true;
    this.planned = found.planned;
    this.changes = found.changes;
    this.kept = found.kept;
    this.figures = [...this.figures.slice(0, found.from), ...figures];
    for (const each of moments) this.moments.set(each.epoch, each);
    for (const each of maps) this.maps.set(each.epoch, each);
    for (const each of answers) this.answersTo(question).set(each.epoch, each);
    return news || changed;
  }
}

/** Puts an entry at the end of a map, which keeps its `most` last ones. */
function keepNewest(map, key, value, most) {
  map.delete(key);
  map.set(key, value);
  for (const oldest of [...map.keys()].slice(0, -most)) map.delete(oldest);
}
